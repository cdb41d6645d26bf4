"""API Gateway's rules, as pure functions of what is asked and what is there."""
