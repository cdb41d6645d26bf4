"""What a benchmark hands back: rows of one table."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One measured value. ``target`` says what the design asks for, ``is_met`` whether it was reached."""

    name: str
    value: str
    target: str = ""
    is_met: bool | None = None


class Skipped(Exception):
    """The benchmark cannot run here; the text says what is missing."""


def table(title: str, rows: list[Row]) -> str:
    """Return the rows as text, aligned."""
    names = max(len(row.name) for row in rows)
    values = max(len(row.value) for row in rows)
    lines = [title]
    for row in rows:
        verdict = {None: "", True: "reached: ", False: "MISSED: "}[row.is_met]
        lines.append(f"  {row.name:<{names}}  {row.value:>{values}}  {verdict}{row.target}".rstrip())
    return "\n".join(lines)
