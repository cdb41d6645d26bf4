"""What a rule says: one thing that is wrong, and what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from hatoba.advise.seen import SystemSeen

Level: TypeAlias = Literal["problem", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong.

    Attributes:
        level: ``problem`` fails requests now; ``warning`` may.
        subject: What it is about, such as ``service mz-dev-app``.
        what: What was seen and what follows for a request.
        remedy: What to do.
    """

    level: Level
    subject: str
    what: str
    remedy: str


Rule: TypeAlias = Callable[["SystemSeen"], Iterator[Finding]]
