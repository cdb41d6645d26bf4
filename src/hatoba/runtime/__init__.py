"""How a task runs on this machine: as processes, as containers, simulated.

::

    scheduler ── Runtimes.choose(images) ──→ MachineRuntimes ─┬─ ContainerRuntime ── engine (Docker API)
        │                                                     ├─ ProcessRuntime ──── processes, tail
        │                                                     └─ SimulatedRuntime
        └── Runtime: prepare → start → stop → remove
                                  │
    Listener: output, exited ←────┘

The words and the contract are in :mod:`hatoba.runtime.protocol`. A runtime makes one step happen and tells
what it sees; it decides nothing and knows nothing of AWS. What it starts outlives the cloud: every runtime
leaves marks (records on disk, labels in the engine) by which the next cloud of the same folder takes its
tasks back, and by which :func:`hatoba.runtime.sweep.sweep` removes what nobody took back.
"""
