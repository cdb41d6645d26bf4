"""The local cloud: AWS API calls in, a running system out."""
