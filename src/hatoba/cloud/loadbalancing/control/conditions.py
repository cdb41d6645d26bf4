"""Conditions of rules, read from a request and told again.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html
"""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING, Any

from hatoba.cloud.loadbalancing.errors import invalid
from hatoba.cloud.loadbalancing.model import Condition, QueryPair
from hatoba.cloud.wire import NotImplementedHere

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CONFIGS = {
    "host-header": "HostHeaderConfig",
    "http-header": "HttpHeaderConfig",
    "http-request-method": "HttpRequestMethodConfig",
    "path-pattern": "PathPatternConfig",
    "query-string": "QueryStringConfig",
    "source-ip": "SourceIpConfig",
}
PLAIN = frozenset({"host-header", "path-pattern"})
ONCE = frozenset({"host-header", "http-request-method", "path-pattern", "source-ip"})
MOST_VALUES = 5
LONGEST = 128
_METHOD = re.compile(r"[A-Z_-]{1,40}")
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,40}")


def read_conditions(given: Sequence[Mapping[str, Any]]) -> tuple[Condition, ...]:
    """Return the conditions of a rule.

    Raises:
        ServiceError: One is none that there can be, or that is supported here.
    """
    conditions = tuple(_read(each) for each in given)
    if not conditions:
        raise invalid("A rule must have at least one condition")
    for field in ONCE:
        if sum(each.field == field for each in conditions) > 1:
            raise invalid(f"A rule can only have one '{field}' condition")
    if sum(len(each.values) + len(each.pairs) for each in conditions) > MOST_VALUES:
        raise invalid(f"A rule can only have '{MOST_VALUES}' condition values")
    return conditions


def _read(given: Mapping[str, Any]) -> Condition:
    field = given.get("Field", "")
    if field not in CONFIGS:
        raise invalid(f"Condition field '{field}' must be one of '[{', '.join(sorted(CONFIGS))}]'")
    config = given.get(CONFIGS[field]) or {}
    if given.get("RegexValues") or config.get("RegexValues"):
        raise NotImplementedHere("elbv2: conditions with RegexValues")
    if field == "query-string":
        return Condition(field, pairs=_pairs(config))
    values = tuple(config.get("Values") or (given.get("Values") if field in PLAIN else None) or ())
    if not values:
        raise invalid(f"A '{field}' condition must have at least one value")
    if any(len(value) > LONGEST for value in values):
        raise invalid(f"A '{field}' condition value has at most {LONGEST} characters")
    _check_values(field, values)
    header = config.get("HttpHeaderName")
    if field == "http-header" and not header:
        raise invalid("A 'http-header' condition must have a header name")
    if header and header.lower() == "host":
        raise invalid("Use a 'host-header' condition for the header 'Host'")
    if header and not _HEADER.fullmatch(header):
        raise invalid(f"'{header}' is not the name of a header: 1 to 40 letters, digits and !#$%&'*+.^_`|~-")
    return Condition(field, values, header)


def _pairs(config: Mapping[str, Any]) -> tuple[QueryPair, ...]:
    pairs = tuple(QueryPair(each.get("Value", ""), each.get("Key")) for each in config.get("Values") or ())
    if not pairs or not all(each.value for each in pairs):
        raise invalid("A 'query-string' condition must have at least one value")
    return pairs


def _check_values(field: str, values: Sequence[str]) -> None:
    for value in values:
        if field == "source-ip":
            _check_range(value)
        if field == "http-request-method" and not _METHOD.fullmatch(value):
            raise invalid(f"'{value}' is not an HTTP method: write it in upper case")


def _check_range(value: str) -> None:
    try:
        ipaddress.ip_network(value)
    except ValueError as error:
        raise invalid(f"The source IP '{value}' must be a CIDR block: {error}") from error


def describe_condition(condition: Condition) -> dict[str, object]:
    """Return a condition's members."""
    if condition.field == "query-string":
        pairs = [{"Key": each.key, "Value": each.value} for each in condition.pairs]
        return {"Field": condition.field, "QueryStringConfig": {"Values": pairs}}
    values = list(condition.values)
    config = {"HttpHeaderName": condition.header, "Values": values}
    return {
        "Field": condition.field,
        "Values": values if condition.field in PLAIN else None,
        CONFIGS[condition.field]: config if condition.header else {"Values": values},
    }
