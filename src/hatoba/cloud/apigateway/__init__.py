"""Amazon API Gateway HTTP APIs: the control plane, and the compiler of what the gateway serves."""
