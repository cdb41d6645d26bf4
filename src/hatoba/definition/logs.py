"""Where logs go: Amazon CloudWatch Logs, and the log drivers that Fargate knows."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from hatoba.definition.construct import Construct, construct
from hatoba.definition.values import Attribute, Count, Text


@construct
class LogGroup(Construct):
    """A log group. Without ``retention_in_days`` its events are kept for ever."""

    name: str
    retention_in_days: Count | None = None
    tags: Mapping[str, str] = Field(default_factory=dict)

    @property
    def arn(self) -> Attribute:
        """The group's ARN, ending in ``:*``."""
        return Attribute(self, "arn")


@construct
class LogDriver(Construct):
    """A log driver with its options as AWS names them, for what ``Container.log`` alone cannot say.

    With a ``group``, the options of ``awslogs`` for group, region and stream prefix (the container's
    name) are filled in.
    """

    driver: str
    options: Mapping[str, Text] = Field(default_factory=dict)
    group: LogGroup | None = None
