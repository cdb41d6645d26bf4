"""What a Terraform module cannot carry.

::

    Uncarried
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

BY_CLOUDFORMATION = "Leave it out, or ship this system by CloudFormation (`hatoba synth`)."


@dataclass(frozen=True, slots=True)
class Refusal:
    """One thing that is not carried: the resource or input, what of it, and what to do."""

    place: str
    what: str
    remedy: str = BY_CLOUDFORMATION

    def __str__(self) -> str:
        """Two lines: place and reason, then what to do."""
        return f"{self.place}: {self.what}\n    {self.remedy}"


class Uncarried(Exception):
    """The module would not be the system of the definition; ``refusals`` holds every reason."""

    def __init__(self, refusals: Iterable[Refusal]) -> None:
        self.refusals = tuple(dict.fromkeys(refusals))
        super().__init__("\n".join(str(refusal) for refusal in self.refusals))
