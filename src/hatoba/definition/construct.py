"""What every construct of a definition has: checked arguments, a place in the user's file, its faults.

A wrong argument does not stop the file: the construct keeps what it was given and remembers the fault, so
that one run shows everything that is wrong. Nothing faulty goes further: ``validate`` raises first.
"""

from __future__ import annotations

import dataclasses
import difflib
import functools
from collections.abc import Callable, Hashable, Iterator, Mapping
from typing import Any, ClassVar, TypeVar, cast, dataclass_transform

from pydantic import ConfigDict, Field, ValidationError
from pydantic.dataclasses import dataclass as checked_dataclass
from pydantic_core import ErrorDetails

from hatoba.definition.faults import Fault, Place
from hatoba.definition.values import Attribute, Joined, Text

T = TypeVar("T")
_SHOWN = 60
_IN_WORDS = {
    "str": "text in quotes",
    "Text": "text in quotes, or a text input",
    "Texts": "a list of texts, or a list input",
    "Count": "a whole number, or a number input",
    "int": "a whole number",
    "list[str]": "a list of texts",
    "dict[str, str]": "a dictionary of texts",
    "dict[str, Text]": "a dictionary of texts",
}


class Construct:
    """A part of a system. Two constructs are the same only if they are the same object."""

    COMES_ALONG: ClassVar[bool] = False
    """Whether using an attribute of it is enough to make it a part of the system."""

    place: Place
    faults: tuple[Fault, ...]

    def children(self) -> Iterator[Construct]:
        """The constructs that this one names in its arguments, in the order of its fields."""
        for name in _field_names(cast("Any", type(self))):
            value = getattr(self, name, None)
            if value is not None and not isinstance(value, (str, int)):
                yield from constructs_in(value)


class Existing(Construct):
    """A construct that is made elsewhere: its attributes are text of what it was given."""

    COMES_ALONG: ClassVar[bool] = True

    def written(self, attribute: str) -> Text:
        """An attribute as text, perhaps with late values in it."""
        raise NotImplementedError


@functools.cache
def _field_names(cls: Hashable) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(cast("Any", cls)))


def constructs_in(value: object) -> Iterator[Construct]:
    """The constructs in an argument: itself, the members of a list or mapping, or whose attribute it is."""
    if isinstance(value, Construct):
        yield value
    elif isinstance(value, Attribute):
        if value.construct.COMES_ALONG:
            yield value.construct
    elif isinstance(value, Joined):
        yield from constructs_in(value.parts)
    elif isinstance(value, Mapping):
        for member in value.values():
            yield from constructs_in(member)
    elif isinstance(value, (list, tuple, set, frozenset)):
        for member in value:
            yield from constructs_in(member)


@dataclass_transform(frozen_default=True, eq_default=False, field_specifiers=(Field,))
def construct(cls: type[T]) -> type[T]:
    """Make a construct of a class that declares its arguments as a dataclass does."""
    config = ConfigDict(arbitrary_types_allowed=True, extra="forbid", strict=True)
    built = checked_dataclass(frozen=True, eq=False, config=config)(cls)
    check: Callable[..., None] = built.__init__

    @functools.wraps(check)
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:  # noqa: N807 - it replaces the class's own
        place = Place.of_caller()
        faults: tuple[Fault, ...] = ()
        try:
            check(self, *args, **kwargs)
        except ValidationError as error:
            _keep_as_given(self, args, kwargs)
            faults = tuple(_explain(built, place, error))
        object.__setattr__(self, "place", place)
        object.__setattr__(self, "faults", faults)

    built.__init__ = __init__  # type: ignore[method-assign]  # the same signature, one more duty
    return cast("type[T]", built)


def _keep_as_given(self: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
    fields = dataclasses.fields(self)
    given = dict(zip((field.name for field in fields), args, strict=False)) | dict(kwargs)
    for field in fields:
        default = None if field.default is dataclasses.MISSING else field.default
        object.__setattr__(self, field.name, given.get(field.name, default))


def _explain(cls: type[Any], place: Place, error: ValidationError) -> Iterator[Fault]:
    names = [field.name for field in dataclasses.fields(cls)]
    seen: set[str] = set()
    for detail in error.errors(include_url=False):
        first = detail["loc"][0] if detail["loc"] else ""
        name = names[first] if isinstance(first, int) and first < len(names) else str(first)
        if name not in seen:
            seen.add(name)
            yield _fault(cls, place, name, names, detail)


def _fault(cls: type[Any], place: Place, name: str, names: list[str], detail: ErrorDetails) -> Fault:
    what = what_it_is(cls)
    if detail["type"] == "missing":
        return Fault(place, f"{what} needs {name}", f"Add {name}=… to this {what}.")
    if detail["type"] == "unexpected_keyword_argument":
        near = difflib.get_close_matches(name, names, n=1)
        remedy = f"Did you mean {near[0]}?" if near else f"It takes {', '.join(names)}."
        return Fault(place, f"{what} has no argument {name}", remedy)
    if detail["type"] == "unexpected_positional_argument":
        return Fault(place, f"{what} got too many positional arguments", "Give them by name.")
    wanted = _wanted(cls, name)
    given = repr(detail["input"])
    shown = given if len(given) <= _SHOWN else given[:_SHOWN] + "…"
    message = detail["msg"].removeprefix("Input should be ")
    return Fault(
        place,
        f"{name} of {what} is {shown}: it should be {message}"
        if message != detail["msg"]
        else f"{name} of {what} is {shown}: {message}",
        f"Give {name} as {wanted}.",
    )


def _wanted(cls: type[Any], name: str) -> str:
    annotation = next(
        (vars(base)["__annotations__"][name] for base in cls.__mro__ if _declares(base, name)), ""
    )
    plain = annotation.removesuffix(" | None").replace("Sequence", "list").replace("Mapping", "dict")
    return _IN_WORDS.get(plain, plain)


def _declares(cls: type[Any], name: str) -> bool:
    return name in vars(cls).get("__annotations__", {})


def what_it_is(cls: type[Any]) -> str:
    """A construct's name as users write it: ``ecs.Service``, ``System``."""
    module = cls.__module__.rpartition(".")[2]
    return cls.__name__ if module in ("system", "raw") else f"{module}.{cls.__name__}"
