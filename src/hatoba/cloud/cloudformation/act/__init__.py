"""Where CloudFormation touches the world: operations run, resources are made through the other services.

::

    api ─ writes Stack.operation ─→ feed ─→ Engine (one loop) ─ one task per stack ─→ Run, phase by phase
                                                                                  ├─ Apply   in order
                                                                                  ├─ Revert  back to before
                                                                                  └─ Remove  in reverse order

Each step is written down before the next one begins. A cloud that was killed finds the operation in the
stack's record, runs its phase again from the beginning, and finds each resource where it was left.
"""
