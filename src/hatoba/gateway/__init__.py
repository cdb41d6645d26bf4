"""HTTP APIs served: a process of its own, fed with compiled snapshots.

The cloud compiles what API Gateway would serve into one immutable :mod:`snapshot` and pushes it to the
gateway process over a loopback link; access-log lines come back. The process has its own event loop, does
not die with the cloud, and is started again with the last snapshot when it dies itself. ::

    the cloud                                     the gateway process
    process ─ link ════ messages ════ control ─→ serving ── swaps ──→ picture
                                            ↑                              │
                                         journal ←──── access-log lines    │ read by each request
                                                              │            ↓
    client ══ HTTP ══ client ─→ request ─→ exchange ─→ decide: routing, throttle, authorizer, cors
                         ↑                    ├─→ forward: mapping, headers
                         └──── answers ←──────┴─→ pool ─→ backend ══ HTTP ══ an instance

Three kinds of modules:

- *rules*, pure code without I/O: ``routing``, ``tokens``, ``keys`` and ``authorizer``, ``cors``, ``mapping``,
  ``headers``, ``throttle``, ``access_log`` and ``context``, ``answers``, ``request``, ``balancer``, and
  ``decide`` and ``forward``, which put them in API Gateway's order; ``story`` tells afterwards what they
  decided; ``plain`` reads the messages of the usual shape, all others are left to httptools; ``picture``
  compiles a snapshot;
- *protocol*, thin and strict: ``client`` reads requests, ``backend`` and ``pool`` send them on, ``exchange``
  is one request's way, ``deadlines``, ``budget`` and ``journal`` hold its limits, ``outbox`` writes once a
  turn of the loop, ``memory`` keeps what stories are told from, ``serving`` owns them all;
- *process*: ``__main__`` and ``control`` at one end of the link, ``workers``, ``process``, ``link`` and
  ``ending`` at the other, ``messages`` and ``runfile`` between them; ``shared_buckets`` between workers.

A request and a response are read whole before anything is done with them, within limits, so a response
cut short is never passed on, and what could be read as two requests is refused.
"""
