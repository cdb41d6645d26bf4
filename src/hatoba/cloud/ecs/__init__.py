"""Amazon ECS on Fargate: task definitions, services, tasks, and the scheduler that keeps them running."""
