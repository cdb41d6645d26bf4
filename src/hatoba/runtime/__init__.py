"""How a task runs: as processes, as containers, simulated."""
