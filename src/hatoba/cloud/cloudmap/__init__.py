"""AWS Cloud Map: namespaces, services, instances, and who is found by name."""
