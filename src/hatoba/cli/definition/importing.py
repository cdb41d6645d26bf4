"""``hatoba import``: the draft of a definition from what a team has."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from hatoba.cli import output
from hatoba.cli.exits import Exit, Failure
from hatoba.importing import ImportFailed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from hatoba.importing import Draft


def terraform(folder: Path, out: Path | None, *, force: bool, as_json: bool) -> None:
    """Draft from a Terraform directory."""
    from hatoba.importing.terraform import draft

    _write(lambda: draft(folder), out, force=force, as_json=as_json)


def compose(file: Path, out: Path | None, *, force: bool, as_json: bool) -> None:
    """Draft from a Compose file."""
    from hatoba.importing.compose import draft

    _write(lambda: draft(file), out, force=force, as_json=as_json)


def _write(make: Callable[[], Draft], out: Path | None, *, force: bool, as_json: bool) -> None:
    if out is not None and out.exists() and not force:
        raise Failure(
            f"{out} is there already", "Give another file, or --force to write over it.", Exit.REFUSED
        )
    try:
        drafted = make()
    except ImportFailed as error:
        raise Failure(str(error), error.remedy, Exit.USAGE) from error
    text = drafted.text()
    if out is not None:
        _save(out, text)
    if as_json:
        left = [{"place": each.place, "why": each.why} for each in dict.fromkeys(drafted.left)]
        output.print_json({"definition": text, "out": str(out) if out else None, "left": left})
        return
    if out is None:
        sys.stdout.write(text)
    for each in dict.fromkeys(drafted.left):
        output.say(f"not carried: {each}")
    output.hint(f"hatoba validate --file {out}" if out else "hatoba import … --out hatobafile.py")


def _save(out: Path, text: str) -> None:
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Failure(f"{out} cannot be written: {error}", "Give a file that you may write.") from error
