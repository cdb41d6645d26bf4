"""What a person or a script reads: data to stdout, everything else to stderr."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

FORMAT_VERSION = 1
"""The version of every ``--json`` document; it rises when a member changes its meaning or goes."""

WIDTH_OF_A_PIPE = 1000

Row = Mapping[str, object]


def stdout() -> Console:
    """Return the console for data. NO_COLOR, FORCE_COLOR and CI are honoured."""
    from rich.console import Console

    # A pipe has no edge: a row stays a line that can be grepped.
    return Console(highlight=False, width=None if sys.stdout.isatty() else WIDTH_OF_A_PIPE)


def stderr() -> Console:
    """Return the console for progress, hints and errors."""
    from rich.console import Console

    return Console(stderr=True, highlight=False, soft_wrap=not sys.stderr.isatty())


def is_live() -> bool:
    """Say whether progress may redraw the terminal; in CI and in pipes plain lines are printed."""
    return sys.stderr.isatty() and not os.environ.get("CI") and os.environ.get("TERM") != "dumb"


def say(text: str) -> None:
    """Tell a person something, on stderr."""
    stderr().print(text, markup=False)


def hint(command: str) -> None:
    """Suggest the next command."""
    stderr().print(f"Next: {command}", style="dim", markup=False)


def print_text(lines: Iterable[str]) -> None:
    """Print lines of data that are no table."""
    sys.stdout.writelines(f"{line}\n" for line in lines)


def print_json(members: Mapping[str, object]) -> None:
    """Print one JSON document, its format version first."""
    sys.stdout.write(json.dumps({"format": FORMAT_VERSION, **members}, indent=2, default=str) + "\n")


def print_json_line(members: Mapping[str, object]) -> None:
    """Print one line of a JSON stream. The stream's first line is ``{"format": 1}``."""
    sys.stdout.write(json.dumps(members, default=str) + "\n")
    sys.stdout.flush()


def print_table(rows: Sequence[Row], columns: Mapping[str, str], *, empty: str) -> None:
    """Print rows as a table: member name → heading. ``empty`` is what a person reads without rows."""
    if not rows:
        say(empty)
        return
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in columns.values():
        table.add_column(heading, overflow="fold", no_wrap=heading != list(columns.values())[-1])
    for row in rows:
        table.add_row(*(_cell(row.get(member)) for member in columns))
    console = stdout()
    if console.is_terminal:
        console.print(table)
        return
    with console.capture() as printed:
        console.print(table)
    print_text(line.rstrip() for line in printed.get().splitlines())


def _cell(value: object) -> str:
    if value is None or value in ("", []):
        return "-"
    if isinstance(value, list):
        return " ".join(str(each) for each in value)
    return str(value)
