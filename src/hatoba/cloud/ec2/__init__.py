"""The network part of Amazon EC2: VPCs, subnets, security groups, network interfaces."""
