"""Ids and ARNs, and what may stand in a DNS name."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from hatoba.cloud.wire.call import random_id

if TYPE_CHECKING:
    from hatoba.cloud.state import Scope

_BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz"
_LABEL_OCTETS = 63
_NAME_OCTETS = 253


def arn_of(scope: Scope, noun: str, resource_id: str) -> str:
    """Return ``arn:aws:servicediscovery:<region>:<account>:<noun>/<id>``."""
    return f"arn:aws:servicediscovery:{scope.region}:{scope.account}:{noun}/{resource_id}"


def id_of(scope: Scope, noun: str, ref: str) -> str | None:
    """Return the id in an id or an ARN; None for an ARN of another account, region or noun."""
    if not ref.startswith("arn:"):
        return ref
    start = arn_of(scope, noun, "")
    return ref.removeprefix(start) if ref.startswith(start) else None


def service_id_of(scope: Scope, namespace_id: str, name: str) -> str:
    """Return a service's id. AWS gives a service that is made again under its name the same id again."""
    seed = f"{scope.account}/{scope.region}/{namespace_id}/{name}"
    number = int.from_bytes(hashlib.sha256(seed.encode()).digest(), "big")
    return "srv-" + _base36(number, 16)


def new_namespace_id() -> str:
    """Return ``ns-`` and 16 characters."""
    return "ns-" + random_id(16)


def new_operation_id(now: float) -> str:
    """Return 32 random characters and the time in milliseconds, in base 36, as AWS's look."""
    return f"{random_id(32)}-{_base36(int(now * 1000), 8)}"


def new_change_id() -> str:
    """Return the id of a change in Route 53: ``C`` and 13 characters."""
    return "C" + random_id(13, _BASE36.upper())


def http_name_of(name: str, taken: frozenset[str]) -> str:
    """Return a namespace's HttpName: its name, or that with a suffix where another one has it."""
    return name if name not in taken else f"{name}_{random_id(8)}"


def dns_fault(name: str) -> str | None:
    """Say why a name cannot stand in DNS, or return None."""
    labels = name.split(".")
    if not all(labels):
        return f"{name} has an empty label"
    long = next((label for label in labels if len(label) > _LABEL_OCTETS), None)
    if long is not None:
        return f"the label {long} is longer than {_LABEL_OCTETS} characters"
    if len(name) > _NAME_OCTETS:
        return f"{name} is longer than {_NAME_OCTETS} characters"
    return None


def _base36(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        number, digit = divmod(number, 36)
        digits.append(_BASE36[digit])
    return "".join(reversed(digits))
