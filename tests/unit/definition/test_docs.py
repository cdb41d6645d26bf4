"""The page about definitions tells the truth: its example runs, and its reference is that of the code."""

from __future__ import annotations

import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import hatoba
from hatoba import Input, Inputs, ecs
from hatoba.definition.construct import Construct, what_it_is
from hatoba.definition.project import load
from hatoba.definition.reference import constructs_of, replaced
from hatoba.plan import plan
from tests.unit.definition.parts import task

PAGE = (Path(__file__).parents[3] / "docs" / "definition.md").read_text(encoding="utf-8")


BLOCKS = {
    language: re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL) for language in ("python", "toml")
}


class Given(Inputs):
    vpc_id = Input.vpc()
    subnet_ids = Input.subnets()
    orders_table = Input.string("orders")
    most_tasks = Input.number(4)


def test_the_example_of_the_page_runs(tmp_path: Path) -> None:
    (tmp_path / "hatobafile.py").write_text(BLOCKS["python"][0], encoding="utf-8")
    (tmp_path / "environments.toml").write_text(BLOCKS["toml"][0], encoding="utf-8")
    shop = load(start=tmp_path)

    shop.validate(shop.environment("local"))
    assert shop.environment("dev").values["size.cpu"] == 512
    assert len(plan(shop.system).resources) > 10


@pytest.mark.parametrize("snippet", BLOCKS["python"][1:], ids=range(len(BLOCKS["python"]) - 1))
def test_a_snippet_of_the_page_is_python_that_hatoba_takes(snippet: str) -> None:
    names: dict[str, Any] = {name: getattr(hatoba, name) for name in hatoba.__all__}
    names |= {"given": Given(), "image": "httpd", "cluster": ecs.Cluster("shop"), "report_task": task()}

    exec(snippet, names)  # noqa: S102 - the page's own words

    made = [each for each in names.values() if isinstance(each, Construct)]
    left_open = [fault.rule for each in made for fault in each.faults]
    assert made
    assert all("Ellipsis" in rule or " needs " in rule for rule in left_open)


def test_the_reference_is_that_of_the_code() -> None:
    assert replaced(PAGE) == PAGE, "run: make reference"


def test_every_public_construct_is_in_the_reference() -> None:
    doors = [getattr(hatoba, name) for name in hatoba.__all__]
    kinds = [door for door in doors if isinstance(door, type) and issubclass(door, Construct)]
    for door in doors:
        if isinstance(door, ModuleType):
            kinds += constructs_of(door)

    assert [what_it_is(kind) for kind in kinds if f"#### `{what_it_is(kind)}(" not in PAGE] == []
