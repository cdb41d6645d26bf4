"""What CloudWatch Logs decides, as pure functions of records and the time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from hatoba.cloud.logs.errors import invalid
from hatoba.cloud.logs.store import EVENT_OVERHEAD_BYTES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hatoba.cloud.logs.model import LogGroup

# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
DAY_MS = 24 * 60 * 60 * 1000
OLDEST_MS = 14 * DAY_MS
NEWEST_MS = 2 * 60 * 60 * 1000
MAX_BATCH_BYTES = 1_048_576


def oldest_kept(group: LogGroup, now_ms: int) -> int | None:
    """Return the time before which the group's events go; None where they stay for ever."""
    return None if group.retention_days is None else now_ms - group.retention_days * DAY_MS


class Verdict(msgspec.Struct, frozen=True):
    """Which events of a batch are kept: those from ``first`` to before ``end``; the rest is rejected."""

    first: int
    end: int
    rejected: dict[str, int]


def judge(group: LogGroup, events: Sequence[tuple[int, str]], now_ms: int) -> Verdict:
    """Say which events of one PutLogEvents call are kept.

    Raises:
        ServiceError: ``InvalidParameterException``: the batch as a whole cannot be taken.
    """
    times = [at for at, _ in events]
    if times != sorted(times):
        raise invalid("Log events in a single PutLogEvents request must be in chronological order.")
    size = sum(len(message.encode("utf-8", "replace")) + EVENT_OVERHEAD_BYTES for _, message in events)
    if size > MAX_BATCH_BYTES:
        raise invalid(f"Upload too large: {size} bytes exceeds limit of {MAX_BATCH_BYTES}")
    too_old = sum(at < now_ms - OLDEST_MS for at in times)
    before = oldest_kept(group, now_ms)
    expired = 0 if before is None else sum(at < before for at in times)
    end = sum(at <= now_ms + NEWEST_MS for at in times)
    rejected = {}
    if end < len(times):
        rejected["tooNewLogEventStartIndex"] = end
    if too_old:
        rejected["tooOldLogEventEndIndex"] = too_old
    if expired:
        rejected["expiredLogEventEndIndex"] = expired
    first = max(too_old, expired)
    if first < end and times[end - 1] - times[first] > DAY_MS:
        raise invalid(
            "The batch of log events in a single PutLogEvents request cannot span more than 24 hours."
        )
    return Verdict(first, end, rejected)
