"""HTTP APIs served: a process of its own, fed with compiled snapshots."""
