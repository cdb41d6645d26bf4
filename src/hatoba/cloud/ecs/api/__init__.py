"""ECS's operations, by noun: clusters, task definitions, services, tasks, tags, service deployments.

Each class here answers the operations of one noun. They check, write records and describe them; what
must happen in the world happens afterwards, when :mod:`hatoba.cloud.ecs.act` sees the change.
"""
