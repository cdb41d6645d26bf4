"""What a task definition must be to run on Fargate: pure rules, each with AWS's own text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hatoba.cloud.ecs.rules.size import size_text

if TYPE_CHECKING:
    from types_boto3_ecs.type_defs import RegisterTaskDefinitionRequestTypeDef

__all__ = ["fault", "size_text"]


def fault(request: RegisterTaskDefinitionRequestTypeDef) -> str | None:
    """Return the first fault of a definition, or None."""
    del request
    return None
