"""Ids: a prefix and 17 hexadecimal digits."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import TYPE_CHECKING

from hatoba.cloud.wire.call import random_hex

if TYPE_CHECKING:
    from hatoba.cloud.state import Scope

DIGITS = 17

NewId = Callable[[str], str]
"""Gives an id for a prefix such as ``vpc``; another one at each call."""


def random_ids(prefix: str) -> str:
    """Return an id that nothing has yet."""
    return f"{prefix}-{random_hex(DIGITS)}"


def stable_ids(scope: Scope) -> NewId:
    """Return a source of ids that gives the same ones, in the same order, for the same account and region."""
    given: dict[str, int] = {}

    def new_id(prefix: str) -> str:
        number = given[prefix] = given.get(prefix, 0) + 1
        return derived_id(prefix, f"{scope.account}/{scope.region}/{number}")

    return new_id


def derived_id(prefix: str, seed: str) -> str:
    """Return the id that follows from ``seed``."""
    return f"{prefix}-{hashlib.sha256(f'{prefix}/{seed}'.encode()).hexdigest()[:DIGITS]}"
