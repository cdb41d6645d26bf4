"""Ctrl-C and SIGTERM for commands that stay in the foreground."""

from __future__ import annotations

import signal
from typing import NoReturn


class Interrupted(KeyboardInterrupt):
    """Ctrl-C or SIGTERM.

    A type of its own: where KeyboardInterrupt itself passes through an ``exec`` (a dataclass being made
    by an import), CPython ends by SIGINT even when it was caught, and the exit code is lost.
    """


def raise_on_signals() -> None:
    """From now on both signals raise :class:`Interrupted` in the main thread."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)


def _interrupt(*_: object) -> NoReturn:
    raise Interrupted
