"""The filters of ListNamespaces, ListServices and ListOperations.

Each list says which conditions each name takes; another one is InvalidInput, never ignored.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

import msgspec

from hatoba.cloud.cloudmap.errors import invalid_input

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from types_boto3_servicediscovery.type_defs import (
        NamespaceFilterTypeDef,
        OperationFilterTypeDef,
        ServiceFilterTypeDef,
    )

    AnyFilter = NamespaceFilterTypeDef | ServiceFilterTypeDef | OperationFilterTypeDef

T = TypeVar("T")

_BETWEEN_VALUES = 2


class Field(msgspec.Struct, Generic[T], frozen=True):
    """What a filter name looks at, and the conditions that it takes. The first one is the default.

    ``read`` turns a value that is asked for into the one that is kept.
    """

    value: Callable[[T], str]
    conditions: tuple[str, ...] = ("EQ",)
    read: Callable[[str], str] = str


def matching(
    items: Sequence[T], filters: Sequence[AnyFilter], fields: Mapping[str, Field[T]]
) -> tuple[T, ...]:
    """Return the items that pass all filters.

    Raises:
        ServiceError: InvalidInput: a condition or a number of values that the name does not take.
    """
    tests = [_test(each, fields) for each in filters]
    return tuple(item for item in items if all(test(item) for test in tests))


def _test(given: AnyFilter, fields: Mapping[str, Field[T]]) -> Callable[[T], bool]:
    name = given["Name"]
    field = fields[name]
    values = [field.read(value) for value in given["Values"]]
    condition = given.get("Condition", field.conditions[0])
    if condition not in field.conditions:
        raise invalid_input(
            f"The filter {name} does not support the condition {condition};"
            f" it supports {', '.join(field.conditions)}."
        )
    match condition:
        case "BETWEEN":
            low, high = _dates(name, values)
            return lambda item: low <= float(field.value(item)) <= high
        case "BEGINS_WITH":
            start = _single(name, condition, values)
            return lambda item: field.value(item).startswith(start)
        case "IN":
            return lambda item: field.value(item) in values
        case _:
            wanted = _single(name, condition, values)
            return lambda item: field.value(item) == wanted


def _single(name: str, condition: str, values: list[str]) -> str:
    if len(values) != 1:
        raise invalid_input(f"The filter {name} takes exactly one value with the condition {condition}.")
    return values[0]


def _dates(name: str, values: list[str]) -> tuple[float, float]:
    try:
        low, high = (float(value) for value in values)
    except ValueError:
        raise invalid_input(
            f"The filter {name} takes {_BETWEEN_VALUES} values: a start and an end, in epoch seconds."
        ) from None
    return low, high
