"""What ECS decides, and nothing else: pure functions from what is wanted, what is seen and the time.

::

    service.decide    (service, its tasks, now) → start, stop, complete, fail, roll back, announce, wait
    breaker.count     (deployment, a task that ended or runs) → the deployment with its counts
    containers.decide (definitions, containers, now) → start, restart, stop the task
    placement.spread  (subnets, tasks) → the subnet of the next task

Every decision carries its reason. Nothing here waits, stamps or writes: :mod:`hatoba.cloud.ecs.act` does.
"""
