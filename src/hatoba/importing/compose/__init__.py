"""A Compose file as the draft of a definition: each service a service on Fargate, found by Cloud Map.

::

    compose.yaml ──read──→ services ──carry──→ Draft
                                        ├─ published ports → a route of an HTTP API (SRV records)
                                        ├─ other services  → found by DNS alone (A records)
                                        └─ volumes, builds, networks … → the list of what is left

https://docs.docker.com/reference/compose-file/
"""

from hatoba.importing.compose.carry import draft

__all__ = ["draft"]
