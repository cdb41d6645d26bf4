"""Roles and what they may do: AWS Identity and Access Management."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from pydantic import Field

from hatoba.definition.construct import Construct, construct
from hatoba.definition.values import Attribute, Text


@construct
class Allow(Construct):
    """A permission in words: ``Allow("dynamodb:GetItem", table_arn)``; without ``on``, on everything."""

    actions: str | Sequence[str]
    on: Text | Sequence[Text] = "*"


@construct
class Role(Construct):
    """A role that ECS tasks take on; ``policies`` are inline policies by name, and there are no others."""

    MANAGED: ClassVar[tuple[str, ...]] = ()

    name: str
    policies: Mapping[str, Allow | Sequence[Allow]] = Field(default_factory=dict)
    tags: Mapping[str, str] = Field(default_factory=dict)

    @property
    def arn(self) -> Attribute:
        """The role's ARN."""
        return Attribute(self, "arn")


@construct
class TaskRole(Role):
    """What the containers of a task may do."""


@construct
class ExecutionRole(Role):
    """What ECS does for a task: pulls images, writes logs. AWS's own managed policy is always attached."""

    MANAGED: ClassVar[tuple[str, ...]] = ("service-role/AmazonECSTaskExecutionRolePolicy",)
