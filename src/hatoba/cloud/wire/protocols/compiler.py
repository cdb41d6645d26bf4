"""Shapes turned into functions once, so that a call walks closures instead of models.

A shape is known by its name and by the traits of the member that refers to it: the same list may be
flattened in one place and not in another. Shapes may contain themselves, so a function stands under
its key before it is finished.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from botocore.model import Shape

F = TypeVar("F", bound=Callable[..., Any])

Key = tuple[str, tuple[tuple[str, str], ...]]


class Misfit(Exception):
    """A value that does not fit its shape, and where: ``containerDefinitions[0].cpu``."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.place = ""

    def inside(self, step: str | int) -> Misfit:
        """Put one more step in front of the place, as the error travels outwards."""
        head = f"[{step}]" if isinstance(step, int) else step
        joint = "" if not self.place or self.place.startswith("[") else "."
        self.place = f"{head}{joint}{self.place}"
        return self

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}" if self.place else self.reason


class Compiler(Generic[F]):
    """Makes the function of a shape by the method named after its type, and keeps it."""

    def __init__(self) -> None:
        self._made: dict[Key, F] = {}

    def of(self, shape: Shape) -> F:
        """Return the shape's function."""
        key = _key(shape)
        found = self._made.get(key)
        if found is not None:
            return found
        finished: list[F] = []
        self._made[key] = self._forward(finished)
        function = self.compile(shape)
        finished.append(function)
        self._made[key] = function
        return function

    def compile(self, shape: Shape) -> F:
        """Make the function of a shape."""
        make: Callable[[Shape], F] = getattr(self, f"compile_{shape.type_name}")
        return make(shape)

    @staticmethod
    def _forward(finished: list[F]) -> F:
        def forward(*arguments: object) -> object:
            return finished[0](*arguments)

        return forward  # type: ignore[return-value]  # stands for an F of whatever signature until that is made


def read_members(
    fields: Mapping[str, tuple[str, Callable[[Any], Any]]], items: Iterable[tuple[str, Any]]
) -> dict[str, Any]:
    """Read a structure's members; unknown ones stay as they are, so that validation names them.

    Args:
        fields: By the name on the wire: a member's name, and what reads it.
        items: What came, by the name on the wire.

    Raises:
        Misfit: With the place.
    """
    members: dict[str, Any] = {}
    for wire_name, item in items:
        field = fields.get(wire_name)
        if field is None:
            members[str(wire_name)] = item
            continue
        try:
            members[field[0]] = field[1](item)
        except Misfit as error:
            raise error.inside(wire_name) from None
    return members


def _key(shape: Shape) -> Key:
    traits = tuple(sorted((name, str(value)) for name, value in shape.serialization.items()))
    return shape.name, traits
