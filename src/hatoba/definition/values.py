"""Values that are known late: an input, an attribute of something AWS creates, text made of both.

A construct takes them wherever it takes a plain value. They stay objects until a renderer writes them down
as its own references, so nothing that differs between local and AWS is ever a string built too early.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, NoReturn, TypeAlias, TypeVar, get_args, get_origin

from pydantic_core import PydanticCustomError, core_schema

if TYPE_CHECKING:
    from hatoba.definition.construct import Construct

T_co = TypeVar("T_co", covariant=True)


class Value(Generic[T_co]):
    """A value that is not there yet; ``python_type`` says what it will be: text, number, list or set."""

    python_type: type[Any] = str

    def __add__(self, text: object) -> Joined:
        return Joined((*_parts(self), *_parts(text)))

    def __radd__(self, text: object) -> Joined:
        return Joined((*_parts(text), *_parts(self)))

    def __str__(self) -> str:
        """Refuse: text made now would freeze what is only known at the deployment."""
        return _refuse_text(self)

    def __format__(self, spec: str) -> str:
        """Refuse, as ``str()`` does."""
        return _refuse_text(self)

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: type[Any], handler: Callable[[Any], core_schema.CoreSchema]
    ) -> core_schema.CoreSchema:
        """Accept values of the wanted kind, as they are."""
        del handler
        wanted = get_origin(get_args(source)[0]) or get_args(source)[0]

        def check(given: object) -> Value[Any]:
            if not isinstance(given, Value):
                raise PydanticCustomError("late_value", "Input should be a value known late")
            if not _is_kind(given.python_type, wanted):
                raise PydanticCustomError(
                    "late_kind",
                    "{given} does not fit here: it is a {is_kind}",
                    {"given": repr(given), "is_kind": given.python_type.__name__},
                )
            return given

        return core_schema.no_info_plain_validator_function(check)


def _is_kind(given: type[Any], wanted: type[Any]) -> bool:
    return given is wanted or (wanted is Sequence and given is list)


def _parts(value: object) -> tuple[str | Value[str], ...]:
    if isinstance(value, Joined):
        return value.parts
    if isinstance(value, (str, Value)):
        return (value,)
    raise TypeError(f"{value!r} cannot be joined to text")


def _refuse_text(value: Value[Any]) -> NoReturn:
    raise TypeError(f'{value!r} has no text yet: write "…" + value instead of an f-string or str()')


@dataclass(frozen=True, slots=True)
class Joined(Value[str]):
    """Text with late values in it: ``"https://" + inputs.endpoint``."""

    parts: tuple[str | Value[str], ...]


@dataclass(frozen=True, slots=True)
class Attribute(Value[str]):
    """What AWS will say about a construct once it stands, such as the ``arn`` of a cluster."""

    construct: Construct
    name: str

    def __repr__(self) -> str:
        return f"{type(self.construct).__name__}.{self.name}"


@dataclass(frozen=True, slots=True)
class Pseudo(Value[str]):
    """What every deployment knows of itself; ``name`` is CloudFormation's, such as ``Region``."""

    name: str


REGION = Pseudo("Region")
PARTITION = Pseudo("Partition")
ACCOUNT = Pseudo("AccountId")

Text: TypeAlias = str | Value[str]
Texts: TypeAlias = Sequence[Text] | Value[list[str]]
Count: TypeAlias = int | Value[int]
