"""``hatoba validate``: every rule that can be checked before any call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hatoba.cli import output
from hatoba.cli.project import explained, load_project
from hatoba.definition.faults import DefinitionError

if TYPE_CHECKING:
    from pathlib import Path


def validate(file: Path | None, environment: str, *, as_json: bool) -> None:
    """Check the definition with an environment's values; the faults are printed, all of them."""
    try:
        with explained():
            project = load_project(file)
            project.validate(project.environment(environment))
    except Exception as failure:
        if as_json and isinstance(failure.__cause__, DefinitionError):
            output.print_json({"faults": [_row(failure.__cause__)]})
        raise
    if as_json:
        output.print_json({"faults": []})
    else:
        output.say(
            f"{project.file.name}: {project.system.name} keeps every rule in environment {environment}."
        )
        output.hint("hatoba up")


def _row(error: DefinitionError) -> list[output.Row]:
    return [
        {
            "file": fault.place.file,
            "line": fault.place.line,
            "key": fault.place.key,
            "rule": fault.rule,
            "remedy": fault.remedy,
        }
        for fault in error.faults
    ]
