"""DNS answers for Cloud Map namespaces, on loopback, over UDP and TCP.

::

    query ─→ server (UDP, TCP) ─→ wire: bytes → Question ─→ Resolver (cloud/cloudmap)
                  ↑                                            │ Answer: records, or no such name
                  └──────────── wire: Answer → bytes ←─────────┘

The resolver knows names and nothing of DNS packets; :mod:`~hatoba.discovery.wire` knows packets and
nothing of AWS. It is the only module that imports dnspython, when the first query comes.

It is authoritative for the namespaces and for nothing else: another name is REFUSED, so a resolver
that forwards to it asks elsewhere. A packet that is not DNS gets FORMERR or no answer, never a crash.
"""

from hatoba.discovery.protocol import Answer, OnQuery, QueryLine, Record, Resolver, Status
from hatoba.discovery.server import DnsServer

__all__ = ["Answer", "DnsServer", "OnQuery", "QueryLine", "Record", "Resolver", "Status"]
