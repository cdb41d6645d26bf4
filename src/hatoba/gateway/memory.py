"""The last requests as they were left, so that any of them can be asked for. Nothing is written before."""

from __future__ import annotations

from collections import deque
from itertools import islice
from typing import TYPE_CHECKING, final

from hatoba.gateway.story import tell

if TYPE_CHECKING:
    from hatoba.gateway.context import Context
    from hatoba.gateway.records import Story

MOST_KEPT = 1_000


@final
class Memory:
    """A ring of what is kept of the last requests, without their bodies."""

    def __init__(self, most: int = MOST_KEPT) -> None:
        self.kept: deque[Context] = deque(maxlen=most)
        self.keep = self.kept.append
        """Keep one more; the oldest goes."""

    def recall(self, request_id: str | None, after: float, limit: int) -> tuple[Story, ...]:
        """Return the story of the request of this id, or of the last ``limit`` that ended after ``after``."""
        found = (
            each
            for each in reversed(self.kept)
            if each.ended_at > after and (request_id is None or each.request_id == request_id)
        )
        return tuple(tell(each) for each in reversed([*islice(found, limit)]))
