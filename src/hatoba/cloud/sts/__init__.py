"""AWS STS: who the caller is, and roles assumed."""
