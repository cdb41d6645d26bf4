"""The next command, spelled for the environment at hand."""

from __future__ import annotations

from dataclasses import dataclass

LOCAL = "local"


@dataclass(frozen=True, slots=True)
class Commands:
    """Names ``hatoba``'s commands for one environment: errors carry the next one."""

    environment: str = LOCAL

    def __call__(self, *words: str) -> str:
        """Spell a command."""
        where = () if self.environment == LOCAL else ("--env", self.environment)
        return " ".join(("hatoba", *words, *where))
