"""EC2's network part: VPCs, subnets, security groups, network interfaces, and what leads out of a VPC.

::

    ec2 API ─→ api/ (by noun) ─ rules ─→ control/ (pure: addresses, rules of groups, filters, zones)
                  │
                  └─→ Network: one account's network in one region ─→ store ─→ ec2.vpc · ec2.subnet · …

In every region stands a default VPC, 172.31.0.0/16 with a subnet per zone, as in a new AWS account. It
is written at the first look into a region, with ids that follow from account and region: they are the
same on each machine and after the state was thrown away, and a start-up costs nothing.

Everything here is a record: no packet is routed by it. Instances, volumes, images and all else of EC2
is refused by name. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/Welcome.html
"""

from hatoba.cloud.ec2.service import Ec2

__all__ = ["Ec2"]
