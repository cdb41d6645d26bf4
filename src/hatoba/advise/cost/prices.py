"""The dated price table, and what is in it for a region."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date


@dataclass(frozen=True, slots=True)
class Price:
    """One price in USD, where it is from and of which day; ``unsure`` says why it may not hold."""

    item: str
    usd: float
    source: str
    date: date
    unsure: str = ""


class UnknownRegion(Exception):
    """The table has nothing for a region."""

    def __init__(self, region: str) -> None:
        super().__init__(f"the price table has no prices for {region}; it has {', '.join(sorted(_table()))}")


@dataclass(frozen=True)
class Prices:
    """What is known of a region's prices."""

    region: str
    known: Mapping[str, Price]

    def get(self, item: str) -> Price | None:
        """A price; None where it is not known."""
        return self.known.get(item)


def prices(region: str) -> Prices:
    """The prices of a region.

    Raises:
        UnknownRegion: The table has none.
    """
    table = _table()
    if region not in table:
        raise UnknownRegion(region)
    return Prices(region, {item: Price(item, **row) for item, row in table[region].items()})


@cache
def _table() -> Mapping[str, Mapping[str, Any]]:
    return tomllib.loads(files(__package__).joinpath("prices.toml").read_text(encoding="utf-8"))
