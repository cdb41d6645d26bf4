"""How much of all bodies together the gateway holds in memory at one time."""

from __future__ import annotations

from typing import final

MOST_BYTES = 256 * 1024 * 1024


@final
class Budget:
    """A plain count. Whoever takes gives back the same amount, once."""

    __slots__ = ("held", "most")

    def __init__(self, most: int = MOST_BYTES) -> None:
        self.most = most
        self.held = 0

    def take(self, count: int) -> bool:
        """Take ``count`` bytes, or return False where that would be too much."""
        if self.held + count > self.most:
            return False
        self.held += count
        return True

    def hold(self, count: int) -> None:
        """Take bytes that are there already, be it too much: nobody else gets any until they are gone."""
        self.held += count

    def give_back(self, count: int) -> None:
        """Return what was taken."""
        self.held -= count
