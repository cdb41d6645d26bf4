"""The page about definitions tells the truth: its example runs, and it knows every construct and argument."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import Any

import pytest

from hatoba import System, apigateway, cloudmap, ec2, ecs, iam, logs
from hatoba.definition.construct import Construct, what_it_is
from hatoba.definition.project import load
from hatoba.plan import plan

PAGE = (Path(__file__).parents[3] / "docs" / "definition.md").read_text(encoding="utf-8")
CONSTRUCTS = [
    found
    for module in (apigateway, cloudmap, ec2, ecs, iam, logs)
    for found in vars(module).values()
    if isinstance(found, type)
    and issubclass(found, Construct)
    and found.__module__ == module.__name__
    and found not in (iam.Role, ec2.Rule, iam.Allow, ecs.Size)
]


def test_the_example_of_the_page_runs(tmp_path: Path) -> None:
    blocks = re.findall(r"```(python|toml)\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "hatobafile.py").write_text(dict(blocks)["python"], encoding="utf-8")
    (tmp_path / "environments.toml").write_text(dict(blocks)["toml"], encoding="utf-8")
    shop = load(start=tmp_path)

    shop.validate(shop.environment("local"))
    assert shop.environment("dev").values["size.cpu"] == 512
    assert len(plan(shop.system).resources) > 10


@pytest.mark.parametrize("kind", [System, *CONSTRUCTS], ids=what_it_is)
def test_the_page_names_every_argument(kind: Any) -> None:
    (row,) = re.findall(rf"^\| `{re.escape(what_it_is(kind))}\(.*$", PAGE, re.MULTILINE)
    arguments = {field.name for field in dataclasses.fields(kind)} - {"tags"}

    assert [name for name in sorted(arguments) if not re.search(rf"\b{name}\b", row)] == []
