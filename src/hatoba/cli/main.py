"""The ``hatoba`` command: its verbs put together, and the one place where a failure becomes text."""

from __future__ import annotations

import gc
import sys
from typing import Annotated

import typer

from hatoba.cli.definition import verbs as definition
from hatoba.cli.deployed import verbs as deployed
from hatoba.cli.exits import Failure
from hatoba.cli.here import verbs as here

COLLECT_AFTER = (50_000, 10, 10)
"""How seldom to look for garbage: a command makes little, and imports much that stays."""

app = typer.Typer(
    name="hatoba",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for panel, group in (
    ("On this machine", here),
    ("Here and on AWS", deployed),
    ("The definition", definition),
):
    app.add_typer(group.verbs)
    for verb in (*group.verbs.registered_commands, *group.verbs.registered_groups):
        verb.rich_help_panel = panel


@app.command(hidden=True)  # --version is what the help names
def version() -> None:
    """Print the version."""
    from importlib.metadata import version as version_of

    print(version_of("hatoba"))  # noqa: T201 - data


def _version_and_end(*, wanted: bool) -> None:
    if wanted:
        version()
        raise typer.Exit


@app.callback()
def hatoba(
    *,
    _: Annotated[
        bool,
        typer.Option(
            "--version", "-V", callback=_version_and_end, is_eager=True, help="Print the version and exit."
        ),
    ] = False,
) -> None:
    """API Gateway, Cloud Map and ECS on Fargate: written once, run here for real, shipped to AWS."""


def main() -> None:
    """Run the command and exit with its code. The one place where a failure becomes text."""
    gc.set_threshold(*COLLECT_AFTER)
    try:
        app()
    except Failure as failure:
        sys.exit(_explain(failure))
    except Exception as error:  # noqa: BLE001 - the command's outer edge
        sys.exit(_explain(_as_failure(error)))


def _explain(failure: Failure) -> int:
    from hatoba.cli import output

    console = output.stderr()
    console.print(f"Error: {failure.what}", style="bold red", markup=False)
    if failure.remedy:
        console.print(f"Try:   {failure.remedy}", markup=False)
    return int(failure.code)


def _as_failure(error: Exception) -> Failure:
    """Word an error of AWS's API for a person. Anything else is a bug and keeps its traceback."""
    from botocore.exceptions import BotoCoreError, ClientError

    from hatoba.deploy.connect import remedy_of

    if isinstance(error, ClientError):
        return Failure(str(error), remedy_of(error.response["Error"].get("Code", "")))
    if isinstance(error, BotoCoreError):
        return Failure(str(error), remedy_of(type(error).__name__))
    raise error
