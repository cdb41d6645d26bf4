"""Options that several verbs take."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

File = Annotated[
    Path | None,
    typer.Option("--file", "-f", help="The definition; else hatobafile.py here or above."),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
Environment = Annotated[
    str, typer.Option("--env", "-e", help="The environment; its values come from a file.")
]

Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
Redeploy = Annotated[
    bool,
    typer.Option("--redeploy/--no-redeploy", help="Start services anew where nothing else changes them."),
]

GatewayWorkers = Annotated[
    int,
    typer.Option(
        min=0, max=64, metavar="N", help="Processes that answer requests; 0 is one for each processor."
    ),
]
Port = Annotated[
    int,
    typer.Option(min=0, max=65535, metavar="N", help="The AWS endpoint's port; 0 takes free ports for all."),
]
Runtime = Annotated[
    Literal["auto", "container", "process"],
    typer.Option(metavar="HOW", help="How tasks run: auto, container or process."),
]

Enforce = Annotated[
    bool,
    typer.Option(
        "--enforce-security-groups",
        help="Requests and tasks reach tasks only where security groups let them.",
    ),
]


def folder_of(file: Path | None) -> Path:
    """Return where the local system of a definition lives."""
    from hatoba.cli.project import state_folder

    return state_folder(file)
