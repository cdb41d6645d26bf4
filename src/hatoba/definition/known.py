"""What is known of a definition's values in one environment, before any call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, overload

from hatoba.definition.construct import Existing
from hatoba.definition.inputs import Input
from hatoba.definition.values import Attribute, Joined, Value

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class Known:
    """Answers what a value is, or None where only the deployment will show it.

    ``value_of`` gives an input's value: that of an environment, or the default.
    """

    def __init__(self, value_of: Callable[[Input[Any]], object | None]) -> None:
        self._value_of = value_of

    @overload
    def __call__(self, value: Value[T]) -> T | None: ...
    @overload
    def __call__(self, value: Value[T] | T) -> T | None: ...
    def __call__(self, value: Any) -> Any:
        """A plain value itself, an input's value here, joined text if all its parts are known."""
        match value:
            case Input():
                return None if value.kind.is_looked_up else self._value_of(value)
            case Attribute(construct=Existing() as existing, name=name):
                return self(existing.written(name))
            case Joined():
                parts = [self(part) for part in value.parts]
                return None if None in parts else "".join(str(part) for part in parts)
            case Value():
                return None
            case _:
                return value
