"""API Gateway, Cloud Map and ECS on Fargate: written once in Python, run here for real, shipped to AWS.

The public door. What a definition needs is loaded when it is first named, so ``import hatoba`` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hatoba.definition import (
        apigateway,
        autoscaling,
        cloudmap,
        ec2,
        ecs,
        existing,
        iam,
        logs,
        scheduler,
    )
    from hatoba.definition.faults import DefinitionError, Fault, Place
    from hatoba.definition.inputs import Input, Inputs
    from hatoba.definition.raw import Raw
    from hatoba.definition.system import System
    from hatoba.definition.values import ACCOUNT, PARTITION, REGION, Text

__all__ = [
    "ACCOUNT",
    "PARTITION",
    "REGION",
    "DefinitionError",
    "Fault",
    "Input",
    "Inputs",
    "Place",
    "Raw",
    "System",
    "Text",
    "apigateway",
    "autoscaling",
    "cloudmap",
    "ec2",
    "ecs",
    "existing",
    "iam",
    "logs",
    "scheduler",
]

_MODULES = ("apigateway", "autoscaling", "cloudmap", "ec2", "ecs", "existing", "iam", "logs", "scheduler")
_NAMES = {
    "DefinitionError": "faults",
    "Fault": "faults",
    "Place": "faults",
    "Input": "inputs",
    "Inputs": "inputs",
    "Raw": "raw",
    "System": "system",
    "Text": "values",
    "ACCOUNT": "values",
    "PARTITION": "values",
    "REGION": "values",
}


def __getattr__(name: str) -> object:
    if name in _MODULES:
        return import_module(f"hatoba.definition.{name}")
    if name in _NAMES:
        return getattr(import_module(f"hatoba.definition.{_NAMES[name]}"), name)
    raise AttributeError(f"module 'hatoba' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
