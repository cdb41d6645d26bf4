"""AWS IAM as far as such systems lean on it: roles and policies."""
