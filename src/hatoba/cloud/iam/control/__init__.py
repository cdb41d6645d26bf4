"""IAM's rules, as pure functions: tags, policy documents."""
