"""CloudWatch Logs' operations, one method each, by noun. :class:`hatoba.cloud.logs.Logs` lists them."""
