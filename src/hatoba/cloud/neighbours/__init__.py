"""Every other AWS service, answered by moto in this process, loaded when first called."""
