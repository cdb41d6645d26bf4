"""EC2's operations, one method each, by noun. :class:`hatoba.cloud.ec2.Ec2` lists them."""
