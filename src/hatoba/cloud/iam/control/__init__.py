"""IAM's rules, as pure functions: names, tags, policy documents."""
