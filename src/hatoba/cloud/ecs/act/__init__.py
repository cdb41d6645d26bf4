"""Where ECS's decisions touch the world.

::

    feed ─→ Scheduler ─→ ServiceKeeper: decide, write the decisions down (one transaction)
                │
                └──────→ TaskRunner, one per task: from PROVISIONING to STOPPED, one phase per status
                             ├─ book       its record
                             ├─ preparing  its images, values, place in a runtime
                             ├─ keeping    its containers, started in order, looked after, stopped
                             ├─ network    its interface, by EC2's API
                             ├─ guards     who reaches it, where security groups are enforced
                             ├─ discovery  its instance, by Cloud Map's API
                             ├─ output     its lines, to the log group
                             └─ Runtime    its containers

A service only writes records: a task to be started is a record in PROVISIONING, a task to be stopped has
the desired status STOPPED. The runner of a task does the rest, and alone moves its last status. A phase
ends with a commit and may run again from its start, so a cloud that was killed goes on where it was.
"""
