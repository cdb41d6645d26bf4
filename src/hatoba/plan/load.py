"""The resources of what changes with load and time: automatic scaling, schedules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from hatoba.plan.resources import Resource

if TYPE_CHECKING:
    from hatoba.plan.resources import CapacityProviderStrategyItem, NetworkConfiguration
    from hatoba.plan.terms import Whole, Words


@dataclass(frozen=True, kw_only=True)
class ScalableTarget(Resource):
    """The number that may change, and how far.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-applicationautoscaling-scalabletarget.html
    """

    TYPE: ClassVar[str] = "AWS::ApplicationAutoScaling::ScalableTarget"
    TAGS: ClassVar[Literal["list", "map", "none"]] = "none"

    min_capacity: Whole
    max_capacity: Whole
    resource_id: Words
    scalable_dimension: str = "ecs:service:DesiredCount"
    service_namespace: str = "ecs"


@dataclass(frozen=True)
class PredefinedMetricSpecification:
    """A metric that AWS keeps of every service."""

    predefined_metric_type: str


@dataclass(frozen=True)
class TargetTracking:
    """The value to keep; cooldowns in seconds."""

    predefined_metric_specification: PredefinedMetricSpecification
    target_value: Whole
    scale_in_cooldown: int | None = None
    scale_out_cooldown: int | None = None


@dataclass(frozen=True, kw_only=True)
class ScalingPolicy(Resource):
    """Keeps a metric at a value by changing the number."""

    TYPE: ClassVar[str] = "AWS::ApplicationAutoScaling::ScalingPolicy"
    TAGS: ClassVar[Literal["list", "map", "none"]] = "none"

    policy_name: str
    policy_type: str = "TargetTrackingScaling"
    scaling_target_id: Words
    target_tracking_scaling_policy_configuration: TargetTracking


@dataclass(frozen=True)
class EcsParameters:
    """Which tasks a schedule starts, and where."""

    task_definition_arn: Words
    task_count: int
    launch_type: str | None
    network_configuration: NetworkConfiguration
    capacity_provider_strategy: tuple[CapacityProviderStrategyItem, ...] | None = None


@dataclass(frozen=True)
class RetryPolicy:
    """How often a start that failed is tried again."""

    maximum_retry_attempts: int


@dataclass(frozen=True)
class Target:
    """What a schedule does, and as whom. ``arn`` is the cluster's."""

    arn: Words
    role_arn: Words
    ecs_parameters: EcsParameters
    retry_policy: RetryPolicy | None = None


@dataclass(frozen=True)
class FlexibleTimeWindow:
    """How much later it may begin."""

    mode: Literal["OFF", "FLEXIBLE"]
    maximum_window_in_minutes: int | None = None


@dataclass(frozen=True, kw_only=True)
class Schedule(Resource):
    """A schedule of EventBridge Scheduler, in the default group. It has no tags.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-scheduler-schedule.html
    """

    TYPE: ClassVar[str] = "AWS::Scheduler::Schedule"
    TAGS: ClassVar[Literal["list", "map", "none"]] = "none"

    name: str
    description: str | None = None
    schedule_expression: str
    schedule_expression_timezone: str
    state: Literal["ENABLED", "DISABLED"]
    flexible_time_window: FlexibleTimeWindow
    target: Target
