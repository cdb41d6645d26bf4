"""One HTTP endpoint: AWS's API, the local issuer's documents, and what the command line asks."""
