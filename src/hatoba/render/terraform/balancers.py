"""Load balancers: what CloudFormation says by lists of settings, Terraform has arguments for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hatoba.plan import elb
    from hatoba.render.terraform.writer import Body, Scribe

ATTRIBUTES = {"deregistration_delay.timeout_seconds": "deregistration_delay"}
"""Settings of target groups, and the arguments that carry them."""

DEFAULTS = {"healthy_threshold": 5, "unhealthy_threshold": 2, "interval": 30, "timeout": 5, "matcher": "200"}
"""Elastic Load Balancing's own for HTTP; Terraform's provider has others (3 and 3) once a path is given."""


def scheme(scribe: Scribe, balancer: elb.LoadBalancer, said: str) -> Body:
    """Whether the balancer is in the VPC only."""
    del scribe, balancer
    return {"internal": said == "internal"}


def health_check(scribe: Scribe, group: elb.TargetGroup, path: str | None) -> Body:
    """The path that targets are asked for."""
    if path is None:
        return {}
    return {"health_check": {"path": scribe.value(path, group), **DEFAULTS}}


def target_group_attributes(
    scribe: Scribe, group: elb.TargetGroup, attributes: tuple[elb.TargetGroupAttribute, ...]
) -> Body:
    """The settings of a target group."""
    written: Body = {}
    for attribute in attributes:
        if attribute.key in ATTRIBUTES:
            written[ATTRIBUTES[attribute.key]] = scribe.value(attribute.value, group)
        else:
            scribe.refuse(group, f"the target group attribute {attribute.key} is not carried")
    return written
