"""Access-log lines on their way to the cloud: kept until the cloud has taken them, within bounds."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

if TYPE_CHECKING:
    from collections.abc import Callable

    from hatoba.gateway.records import AccessLogLine

MOST_LINES = 100_000
MOST_CHARACTERS = 64 * 1024 * 1024
LARGEST_BATCH = 5_000


@dataclass(frozen=True, slots=True)
class Batch:
    """Lines sent and not yet taken. ``dropped`` lines before them were lost, since the last batch."""

    number: int
    lines: tuple[AccessLogLine, ...]
    dropped: int


@final
class Journal:
    """A queue that drops its oldest lines when it is full, and counts them."""

    def __init__(self, most_lines: int = MOST_LINES, most_characters: int = MOST_CHARACTERS) -> None:
        self._most_lines = most_lines
        self._most_characters = most_characters
        self._waiting: deque[AccessLogLine] = deque()
        self._characters = 0
        self._dropped = 0
        self._sent: Batch | None = None
        self._number = 0
        self.on_waiting: Callable[[], None] | None = None
        """Called when the first line after none begins to wait."""

    def add(self, line: AccessLogLine) -> None:
        """Keep one line for the next batch."""
        self._waiting.append(line)
        self._characters += len(line.line)
        if len(self._waiting) == 1 and self.on_waiting is not None:
            self.on_waiting()
        while len(self._waiting) > self._most_lines or self._characters > self._most_characters:
            self._characters -= len(self._waiting.popleft().line)
            self._dropped += 1

    def next_batch(self) -> Batch | None:
        """Return what to send now: nothing while a batch is on its way or where there is no line."""
        if self._sent is not None or not self.has_waiting:
            return None
        if len(self._waiting) <= LARGEST_BATCH:
            lines = tuple(self._waiting)
            self._waiting.clear()
            self._characters = 0
        else:
            lines = tuple(self._waiting.popleft() for _ in range(LARGEST_BATCH))
            self._characters -= sum(len(each.line) for each in lines)
        self._number += 1
        self._sent = Batch(self._number, lines, self._dropped)
        self._dropped = 0
        return self._sent

    def unconfirmed(self) -> Batch | None:
        """Return the batch that may have been lost with its connection: it is sent again."""
        return self._sent

    def confirm(self, number: int) -> None:
        """The cloud has taken this batch."""
        if self._sent is not None and self._sent.number == number:
            self._sent = None

    @property
    def has_waiting(self) -> bool:
        """Whether there is anything to send that was not sent yet."""
        return bool(self._waiting or self._dropped)

    @property
    def is_empty(self) -> bool:
        """Whether the cloud has all lines."""
        return self._sent is None and not self.has_waiting
