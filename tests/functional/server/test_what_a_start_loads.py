"""A cloud answers fast after its start because of what it does not load then."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache

import pytest

LOOKING = """
import json, sys
import hatoba.cloud.server.__main__, hatoba.cloud.server.run, hatoba.cloud.server.app
import hatoba.cloud.server.assembly
slow = [
    f"{name}.{each.__name__}"
    for name, module in list(sys.modules.items()) if name.startswith("hatoba.")
    for each in list(vars(module).values())
    if isinstance(each, type) and each.__module__ == name and "__dataclass_fields__" in vars(each)
]
print(json.dumps([sorted(sys.modules), slow]))
"""


@cache
def loaded() -> tuple[frozenset[str], tuple[str, ...]]:
    """Return the modules that a start loads, and hatoba's dataclasses in them."""
    done = subprocess.run([sys.executable, "-c", LOOKING], check=True, capture_output=True, timeout=60)
    modules, dataclasses = json.loads(done.stdout)
    return frozenset(modules), tuple(dataclasses)


@pytest.mark.parametrize(
    "name",
    [
        "aiohttp",
        "boto3",
        "cryptography",
        "dns",
        "hatoba.cloud.cloudformation.resources.catalogue",
        "hatoba.definition",
        "hatoba.gateway.serving",
        "jinja2",
        "moto",
        "psutil",
        "pydantic",
        "rich",
        "samtranslator",
        "typer",
        "yaml",
    ],
)
def test_a_start_does_not_load(name: str) -> None:
    assert name not in loaded()[0]


def test_records_of_the_cloud_are_structs_as_dataclasses_take_a_millisecond_each() -> None:
    assert loaded()[1] == ()
