"""Drives CloudFormation at an endpoint, AWS's or the local cloud's: plan, apply, watch, destroy."""
