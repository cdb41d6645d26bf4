"""What a person or a script reads: data to stdout, everything else to stderr."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console
    from rich.table import Table

FORMAT_VERSION = 1
"""The version of every ``--json`` document; it rises when a member changes its meaning or goes."""

WIDTH_OF_A_PIPE = 1000

NOTHING = "-"
"""What a cell without a value shows."""

GAP = 2
"""Characters between two columns."""

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
    """Print one JSON document, its format version first. Times are RFC 3339, in UTC."""
    sys.stdout.write(json.dumps({"format": FORMAT_VERSION, **members}, indent=2, default=_plain) + "\n")


def print_json_line(members: Mapping[str, object]) -> None:
    """Print one line of a JSON stream. The stream's first line is ``{"format": 1}``."""
    sys.stdout.write(json.dumps(members, default=_plain) + "\n")
    sys.stdout.flush()


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return str(value)


def print_table(rows: Sequence[Row], columns: Mapping[str, str], *, empty: str) -> None:
    """Print rows as a table: member name → heading. ``empty`` is what a person reads without rows.

    Times are the machine's own. No word is ever cut: a terminal that is too narrow gets the table without
    its empty columns and with lines broken between words, or else each row as a list of its members.
    """
    if not rows:
        say(empty)
        return
    console = stdout()
    cells = [[_cell(row.get(member)) for member in columns] for row in rows]
    headings = [*columns.values()]
    if console.is_terminal:
        console.print(_fitting(headings, cells, console.width))
        return
    with console.capture() as printed:
        console.print(_as_table(headings, cells, _widths(headings, cells, _whole_line)))
    print_text(line.rstrip() for line in printed.get().splitlines())


def _fitting(headings: list[str], cells: list[list[str]], room: int) -> Table:
    whole = _widths(headings, cells, _whole_line)
    if _total(whole) <= room:
        return _as_table(headings, cells, whole)
    used = [at for at in range(len(headings)) if any(row[at] != NOTHING for row in cells)]
    headings, cells = [headings[at] for at in used], [[row[at] for at in used] for row in cells]
    least, widths = _widths(headings, cells, _longest_word), _widths(headings, cells, _whole_line)
    if _total(least) > room:
        return _as_lists(headings, cells)
    while _total(widths) > room:
        slack = [width - need for width, need in zip(widths, least, strict=True)]
        widths[slack.index(max(slack))] -= 1
    return _as_table(headings, cells, widths)


def _widths(headings: list[str], cells: list[list[str]], measure: Callable[[str], int]) -> list[int]:
    return [max(measure(text) for text in column) for column in zip(headings, *cells, strict=True)]


def _total(widths: list[int]) -> int:
    return sum(widths) + GAP * (len(widths) - 1)


def _whole_line(text: str) -> int:
    from rich.cells import cell_len

    return max((cell_len(line) for line in text.splitlines()), default=0)


def _longest_word(text: str) -> int:
    return max((_whole_line(word) for word in text.split()), default=0)


def _as_table(headings: list[str], cells: list[list[str]], widths: list[int]) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading, width in zip(headings, widths, strict=True):
        table.add_column(heading, width=width)
    for row in cells:
        table.add_row(*(Text(text) for text in row))
    return table


def _as_lists(headings: list[str], cells: list[list[str]]) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for row in cells:
        for heading, text in zip(headings, row, strict=True):
            if text != NOTHING:
                table.add_row(heading, Text(text))
        table.add_row()
    return table


def _cell(value: object) -> str:
    if value is None or value in ("", []):
        return NOTHING
    if isinstance(value, list):
        return " ".join(str(each) for each in value)
    if isinstance(value, datetime):
        return value.astimezone().strftime("%Y-%m-%d %H:%M:%S")
    return str(value)
