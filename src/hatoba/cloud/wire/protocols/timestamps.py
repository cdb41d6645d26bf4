"""Timestamps in the forms that AWS's protocols give them.

https://smithy.io/2.0/spec/protocol-traits.html
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

ISO8601 = "iso8601"
EPOCH = "unixtimestamp"
HTTP_DATE = "rfc822"

_NUMBER = re.compile(r"[+-]?\d+(\.\d*)?([eE][+-]?\d+)?")


def parse_timestamp(value: object) -> datetime:
    """Read a timestamp in any of the three forms, as AWS does whatever the model says.

    Raises:
        ValueError: It is none of them, or outside the years 1 to 9999.
    """
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError(f"{value!r} is no timestamp")  # noqa: TRY004 - one error for every text that is none
    try:
        if not isinstance(value, str):
            return datetime.fromtimestamp(value, UTC)
        if _NUMBER.fullmatch(value):
            return datetime.fromtimestamp(float(value), UTC)
        parsed = parsedate_to_datetime(value) if value[:1].isalpha() else datetime.fromisoformat(value)
    except (OverflowError, OSError) as error:
        raise ValueError(f"{value!r} is out of range") from error
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def epoch_seconds(moment: datetime) -> float | int:
    """Return seconds to the millisecond, without a fraction where there is none."""
    seconds = round(moment.timestamp(), 3)
    return int(seconds) if seconds == int(seconds) else seconds


def iso8601(moment: datetime, *, always_milliseconds: bool = False) -> str:
    """Return ``2026-01-31T12:00:00Z``, with three digits of a second where they are not zero."""
    moment = moment.astimezone(UTC).replace(tzinfo=None)
    exact = always_milliseconds or moment.microsecond >= 1000  # noqa: PLR2004 - below a millisecond it shows as zero
    return moment.isoformat(timespec="milliseconds" if exact else "seconds") + "Z"


def http_date(moment: datetime) -> str:
    """Return ``Sat, 31 Jan 2026 12:00:00 GMT``."""
    return format_datetime(moment.astimezone(UTC), usegmt=True)


def format_timestamp(moment: datetime, form: str) -> str | int | float:
    """Return a timestamp in the form that botocore's models name."""
    match form.lower():
        case "iso8601":
            return iso8601(moment)
        case "rfc822":
            return http_date(moment)
        case "unixtimestamp":
            return epoch_seconds(moment)
        case _:
            raise ValueError(f"no such form of timestamps: {form}")
