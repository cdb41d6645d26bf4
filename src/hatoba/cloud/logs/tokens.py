"""Places in a stream as the opaque numbers that clients hand back.

A place is (epoch millisecond, number of the event): 56 digits, the milliseconds in the upper bits, as AWS's
own event ids are built.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hatoba.cloud.logs.errors import invalid

if TYPE_CHECKING:
    from hatoba.cloud.logs.model import LogStream

Place = tuple[int, int]

_TIME_SHIFT = 144
# The last time that 56 digits can write: in the year 2109.
LAST_MS = 2**42 - 1
_DIGITS = 56
_TOKEN = re.compile(r"([fb])/(\d{56})/s")


def event_id(place: Place) -> str:
    """Return a place as AWS writes the id of an event."""
    at, number = place
    return f"{(at << _TIME_SHIFT) + number:0{_DIGITS}d}"


def place_of(digits: str) -> Place:
    """Return the place that :func:`event_id` wrote."""
    value = int(digits)
    return value >> _TIME_SHIFT, value & ((1 << _TIME_SHIFT) - 1)


def forward_token(place: Place) -> str:
    """Return the token that reads on after ``place``."""
    return f"f/{event_id(place)}/s"


def backward_token(place: Place) -> str:
    """Return the token that reads what is before ``place``."""
    return f"b/{event_id(place)}/s"


def read_token(token: str) -> tuple[bool, Place]:
    """Return whether a token reads forward, and its place.

    Raises:
        ServiceError: ``InvalidParameterException``: it was not made here.
    """
    match = _TOKEN.fullmatch(token)
    if match is None:
        raise invalid("The specified nextToken is invalid.")
    return match[1] == "f", place_of(match[2])


def sequence_token(stream: LogStream) -> str:
    """Return an upload sequence token: still answered, no longer looked at, as on AWS since 2023."""
    return f"49{stream.last_ingestion or 0:018d}{stream.number:036d}"
