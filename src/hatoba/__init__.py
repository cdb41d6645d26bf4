"""API Gateway, Cloud Map and ECS on Fargate: written once in Python, run here for real, shipped to AWS."""
