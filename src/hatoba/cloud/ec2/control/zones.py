"""Regions and their availability zones, with the names and ids that AWS has for them.

https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-availability-zones.html
"""

from __future__ import annotations

import re
from functools import cache

import msgspec

REGIONS = (
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
)
"""The regions that every account has enabled."""

_LETTERS = {"ap-northeast-1": "acd", "ca-central-1": "abd", "us-west-1": "ac"}
_NUMBERS = {"ap-northeast-1": (4, 1, 2), "ca-central-1": (1, 2, 4), "us-west-1": (1, 3)}
_DIRECTION = re.compile(r"north|south|east|west|central")


class Zone(msgspec.Struct, frozen=True):
    """An availability zone: its name, such as ``ap-northeast-1a``, and its id, such as ``apne1-az4``."""

    region: str
    name: str
    id: str


@cache
def zones_of(region: str) -> tuple[Zone, ...]:
    """Return the zones of a region in which a default VPC has a subnet."""
    letters = _LETTERS.get(region, "abc")
    numbers = _NUMBERS.get(region, (1, 2, 3))
    return tuple(
        Zone(region, region + letter, f"{_short(region)}-az{number}")
        for letter, number in zip(letters, numbers, strict=True)
    )


def zone_id_of(zone_name: str) -> str:
    """Return the id of a zone; empty for one that there is not."""
    return next((zone.id for zone in zones_of(zone_name[:-1]) if zone.name == zone_name), "")


def _short(region: str) -> str:
    """Return ``apne1`` for ``ap-northeast-1``."""
    area, *middle, number = region.split("-")
    return area + "".join(_DIRECTION.sub(lambda match: match[0][0], part) for part in middle) + number
