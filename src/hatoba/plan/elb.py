"""The resources of load balancers.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_ElasticLoadBalancingV2.html
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Literal

from hatoba.plan.resources import Resource, Tags

if TYPE_CHECKING:
    from hatoba.plan.terms import Texts, Words


@dataclass(frozen=True, kw_only=True)
class LoadBalancer(Resource):
    """A load balancer inside the VPC; its name is CloudFormation's, since it has only 32 characters."""

    TYPE: ClassVar[str] = "AWS::ElasticLoadBalancingV2::LoadBalancer"

    type: Literal["application", "network"]
    scheme: str = "internal"
    subnets: Texts
    security_groups: Texts
    tags: Tags = field(default_factory=dict)


@dataclass(frozen=True)
class TargetGroupAttribute:
    """A setting of a target group, in its own words."""

    key: str
    value: str


@dataclass(frozen=True, kw_only=True)
class TargetGroup(Resource):
    """Where a listener sends to: the addresses of a service's tasks."""

    TYPE: ClassVar[str] = "AWS::ElasticLoadBalancingV2::TargetGroup"

    target_type: str = "ip"
    port: int
    protocol: str
    vpc_id: Words
    health_check_path: str | None = None
    target_group_attributes: tuple[TargetGroupAttribute, ...]
    tags: Tags = field(default_factory=dict)


@dataclass(frozen=True)
class Action:
    """What a listener does with all that comes."""

    type: str
    target_group_arn: Words


@dataclass(frozen=True, kw_only=True)
class Listener(Resource):
    """A port of a load balancer. CloudFormation gives it no tags."""

    TYPE: ClassVar[str] = "AWS::ElasticLoadBalancingV2::Listener"
    TAGS: ClassVar[Literal["list", "map", "none"]] = "none"

    load_balancer_arn: Words
    port: int
    protocol: str
    default_actions: tuple[Action, ...]
