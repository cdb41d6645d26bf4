"""What a team writes: a system, its services, its HTTP API, its inputs; AWS's rules, checked early."""
