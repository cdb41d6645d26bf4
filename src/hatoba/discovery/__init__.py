"""DNS answers for Cloud Map namespaces."""
