"""How a command ends: exit codes by name, and the one error that carries one."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """Exit codes; docs/cli.md lists them for scripts."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    CHANGES = 3
    TIMED_OUT = 4
    REFUSED = 5
    INTERRUPTED = 130


class Failure(Exception):
    """A command cannot do what was asked.

    Args:
        what: Where and what, in a sentence.
        remedy: What to try.
        code: The exit code.
    """

    def __init__(self, what: str, remedy: str = "", code: Exit = Exit.FAILED) -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy
        self.code = code
