"""The page about definitions tells the truth: its example runs, and its reference is that of the code."""

from __future__ import annotations

import re
from pathlib import Path
from types import ModuleType

import hatoba
from hatoba.definition.construct import Construct, what_it_is
from hatoba.definition.project import load
from hatoba.definition.reference import constructs_of, replaced
from hatoba.plan import plan

PAGE = (Path(__file__).parents[3] / "docs" / "definition.md").read_text(encoding="utf-8")


def test_the_example_of_the_page_runs(tmp_path: Path) -> None:
    blocks = re.findall(r"```(python|toml)\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "hatobafile.py").write_text(dict(blocks)["python"], encoding="utf-8")
    (tmp_path / "environments.toml").write_text(dict(blocks)["toml"], encoding="utf-8")
    shop = load(start=tmp_path)

    shop.validate(shop.environment("local"))
    assert shop.environment("dev").values["size.cpu"] == 512
    assert len(plan(shop.system).resources) > 10


def test_the_reference_is_that_of_the_code() -> None:
    assert replaced(PAGE) == PAGE, "run: make reference"


def test_every_public_construct_is_in_the_reference() -> None:
    doors = [getattr(hatoba, name) for name in hatoba.__all__]
    kinds = [door for door in doors if isinstance(door, type) and issubclass(door, Construct)]
    for door in doors:
        if isinstance(door, ModuleType):
            kinds += constructs_of(door)

    assert [what_it_is(kind) for kind in kinds if f"#### `{what_it_is(kind)}(" not in PAGE] == []
