"""The one engine for ``Filters``: names, values with wildcards, tags.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Filter.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeVar

from hatoba.cloud.ec2.errors import invalid_value

R = TypeVar("R", bound="Resource")

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from types_boto3_ec2.type_defs import FilterTypeDef

    from hatoba.cloud.ec2.model import Resource

    Value = str | bool | int | Iterable[str] | None
    Fields = Mapping[str, Callable[[R], Value]]

_WILDCARD = re.compile(r"\\(.)|([*?])", re.DOTALL)


def matching(records: Iterable[R], filters: Sequence[FilterTypeDef], fields: Fields[R]) -> tuple[R, ...]:
    """Return the records that pass every filter. A filter passes when one of its values matches.

    Args:
        records: What to choose from.
        filters: As the request has them.
        fields: Filter name → the record's value or values; ``tag:KEY`` and ``tag-key`` work everywhere.

    Raises:
        ServiceError: InvalidParameterValue for a filter that is not in ``fields``.
    """
    tests = [_test(each, fields) for each in filters]
    return tuple(record for record in records if all(test(record) for test in tests))


def _test(given: FilterTypeDef, fields: Fields[R]) -> Callable[[R], bool]:
    name = given.get("Name", "")
    patterns = [_pattern(value) for value in given.get("Values", ())]
    values = _values_of(name, fields)
    return lambda record: any(pattern.fullmatch(value) for value in values(record) for pattern in patterns)


def _values_of(name: str, fields: Fields[R]) -> Callable[[R], Iterable[str]]:
    if name.startswith("tag:"):
        key = name.removeprefix("tag:")
        return lambda record: (record.tags[key],) if key in record.tags else ()
    if name == "tag-key":
        return lambda record: record.tags
    field = fields.get(name)
    if field is None:
        raise invalid_value(f"The filter '{name}' is invalid")
    return lambda record: _texts(field(record))


def _texts(value: Value) -> Iterable[str]:
    if value is None:
        return ()
    if isinstance(value, bool):
        return ("true" if value else "false",)
    if isinstance(value, str | int):
        return (str(value),)
    return value


def _pattern(value: str) -> re.Pattern[str]:
    """Return the pattern of a value: ``*`` any text, ``?`` any character, a backslash takes that away."""
    parts, last = [], 0
    for match in _WILDCARD.finditer(value):
        parts.append(re.escape(value[last : match.start()]))
        escaped, wildcard = match.groups()
        parts.append(re.escape(escaped) if escaped else {"*": ".*", "?": "."}[wildcard])
        last = match.end()
    parts.append(re.escape(value[last:]))
    return re.compile("".join(parts), re.DOTALL)
