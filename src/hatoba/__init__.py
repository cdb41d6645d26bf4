"""API Gateway, Cloud Map and ECS on Fargate: written once in Python, run here for real, shipped to AWS.

The public door. What a definition needs is loaded when it is first named, so ``import hatoba`` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hatoba.definition import apigateway, cloudmap, ec2, ecs, iam, logs
    from hatoba.definition.faults import DefinitionError, Fault, Place
    from hatoba.definition.inputs import Input, Inputs
    from hatoba.definition.system import System
    from hatoba.definition.values import PARTITION, REGION

__all__ = [
    "PARTITION",
    "REGION",
    "DefinitionError",
    "Fault",
    "Input",
    "Inputs",
    "Place",
    "System",
    "apigateway",
    "cloudmap",
    "ec2",
    "ecs",
    "iam",
    "logs",
]

_MODULES = ("apigateway", "cloudmap", "ec2", "ecs", "iam", "logs")
_NAMES = {
    "DefinitionError": "faults",
    "Fault": "faults",
    "Place": "faults",
    "Input": "inputs",
    "Inputs": "inputs",
    "System": "system",
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
