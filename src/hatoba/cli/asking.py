"""Asking before something is changed that is not only this machine's own."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from hatoba.cli import output
from hatoba.cli.exits import Exit, Failure

if TYPE_CHECKING:
    from typing import TextIO


def confirm(question: str, *, yes: bool, person: TextIO | None = None) -> None:
    """Return if a person (at stdin) agrees, or agreed beforehand with ``--yes``.

    Raises:
        Failure: They do not, or nobody is there to be asked.
    """
    if yes:
        return
    if _answer(f"{question} [y/N] ", person).lower() not in ("y", "yes"):
        raise declined()


def confirm_by_name(question: str, name: str, *, yes: bool, person: TextIO | None = None) -> None:
    """Return if a person agrees by typing a name: for what cannot be brought back.

    Raises:
        Failure: They do not, or nobody is there to be asked.
    """
    if yes:
        return
    if _answer(f"{question} Type {name} to agree: ", person) != name:
        raise declined()


def declined() -> Failure:
    """The failure for a no."""
    return Failure("Nothing was changed.", code=Exit.REFUSED)


def _answer(question: str, person: TextIO | None) -> str:
    person = person or sys.stdin
    if not person.isatty():
        raise Failure(
            "Nobody is here to be asked, and nothing was changed.",
            "Read what it would do, then give --yes.",
            Exit.REFUSED,
        )
    output.stderr().print(question, end="", markup=False)
    try:
        return person.readline().strip()
    except KeyboardInterrupt:
        output.say("")
        raise Failure("Interrupted; nothing was changed.", code=Exit.INTERRUPTED) from None
