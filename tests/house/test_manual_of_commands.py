"""The manual and the help tell of everything that the command takes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from typer.main import get_command
from typer.testing import CliRunner

from hatoba.cli.definition import verbs as definition
from hatoba.cli.deployed import verbs as deployed
from hatoba.cli.exits import Exit
from hatoba.cli.here import verbs as here
from hatoba.cli.main import app

DOCS = Path(__file__).parents[2] / "docs"


def commands_below(command: Any) -> Iterator[Any]:
    yield command
    for below in getattr(command, "commands", {}).values():
        yield from commands_below(below)


def flags_of(command: Any) -> Iterator[str]:
    """Long options; of ``--do/--no-do`` the one that is not what happens anyway."""
    for option in command.params:
        yield from (flag for flag in option.secondary_opts or option.opts if flag.startswith("--"))


def name_of(verb: Any) -> str:
    return str(verb.name or verb.callback.__name__)


def test_the_manual_lists_every_exit_code_and_no_other() -> None:
    manual = (DOCS / "cli.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| (\d+) \| ([a-z ]+) \|", manual, re.MULTILINE)

    assert {int(code): name.upper().replace(" ", "_") for code, name in listed} == {
        int(each): each.name for each in Exit
    }


def test_the_manual_tells_of_every_command() -> None:
    manual = (DOCS / "cli.md").read_text(encoding="utf-8")
    verbs = [*here.verbs.registered_commands, *deployed.verbs.registered_commands]
    verbs += definition.verbs.registered_commands

    assert [name for name in map(name_of, verbs) if f"| `hatoba {name}" not in manual] == []


def test_the_manual_tells_of_every_option() -> None:
    manual = "".join(page.read_text(encoding="utf-8") for page in DOCS.glob("*.md"))
    options = {flag for command in commands_below(get_command(app)) for flag in flags_of(command)}

    assert len(options) > 40
    assert sorted(flag for flag in options if flag not in manual) == []


def test_no_name_of_an_option_is_cut_off_at_80_columns() -> None:
    for verb in (*here.verbs.registered_commands, *deployed.verbs.registered_commands):
        name = name_of(verb)
        helped = CliRunner(env={"COLUMNS": "80"}).invoke(app, [name, "--help"])

        assert helped.exit_code == 0, name
        assert not re.search(r"--[\w-]+…", helped.stdout), name
