"""``hatoba logs``: what the containers wrote and what the gateway answered, in time order."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from hatoba.cli import aws, local, output
from hatoba.cli.exits import Exit, Failure
from hatoba.cli.interrupting import raise_on_signals

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from types_boto3_logs import CloudWatchLogsClient

POLL_S = 0.2
LATE_MS = 10_000
UNITS_S = {"s": 1, "m": 60, "h": 3600, "d": 86400}


@dataclass(frozen=True, slots=True)
class Line:
    """One event of a log group. ``at`` is epoch milliseconds."""

    at: int
    group: str
    stream: str
    message: str

    @property
    def source(self) -> str:
        """The part of the stream's name that tells who wrote: the container, or the API's stage."""
        parts = self.stream.split("/")
        return "/".join(parts[-2:]) if len(parts) > 2 else self.stream  # noqa: PLR2004 - prefix/container/task


def logs(folder: Path, *, groups: list[str], since: str, tail: int, follow: bool, as_json: bool) -> None:
    """Print events of the log groups (all, where none is named), oldest first; go on with ``follow``."""
    start = _now_ms() - seconds(since) * 1000
    reader = Reader(aws.client(local.running(folder), "logs"), groups, start)
    _refuse_unknown(groups, reader.groups() if groups else [])
    show = json_printer() if as_json else print_line
    lines = reader.read()
    for line in lines[-tail:] if tail else lines:
        show(line)
    if not follow:
        if not lines and not as_json:
            output.say(f"No event in the last {since}.")
        return
    raise_on_signals()
    for line in reader.follow():
        show(line)


def _refuse_unknown(asked: list[str], standing: list[str]) -> None:
    for group in asked:
        if group not in standing:
            raise Failure(f"There is no log group {group}.", f"There is {', '.join(standing) or 'none'}.")


class Reader:
    """Reads log groups again and again from ``start_ms`` on; each event once.

    Events do not come in the order of their times: an application tells of a request before the gateway
    does, and each writer sends in batches of its own. So each reading looks ``LATE_MS`` behind the newest
    event, and what was returned from there is remembered.
    """

    def __init__(self, client: CloudWatchLogsClient, asked: list[str], start_ms: int) -> None:
        self._client = client
        self._asked = asked
        self._start_ms = start_ms
        self._returned: dict[str, int] = {}

    def read(self) -> list[Line]:
        """Return the events that were not returned before, oldest first."""
        lines: list[Line] = []
        for group in self._asked or self.groups():
            paginator = self._client.get_paginator("filter_log_events")
            for page in paginator.paginate(logGroupName=group, startTime=self._start_ms):
                for event in page["events"]:
                    if event["eventId"] in self._returned:
                        continue
                    self._returned[event["eventId"]] = event["timestamp"]
                    lines.append(Line(event["timestamp"], group, event["logStreamName"], event["message"]))
        lines.sort(key=lambda line: line.at)
        if lines:
            self._go_on_from(lines[-1].at - LATE_MS)
        return lines

    def follow(self) -> Iterator[Line]:
        """Yield events as they come, until interrupted."""
        while True:
            yield from self.read()
            time.sleep(POLL_S)

    def _go_on_from(self, at: int) -> None:
        self._start_ms = max(self._start_ms, at)
        self._returned = {event: when for event, when in self._returned.items() if when >= self._start_ms}

    def groups(self) -> list[str]:
        """Return the names of the groups that stand."""
        pages = self._client.get_paginator("describe_log_groups").paginate()
        return [group["logGroupName"] for page in pages for group in page["logGroups"]]


def seconds(since: str) -> int:
    """Return how many seconds ``10m``, ``2h``, ``30s`` or ``1d`` are.

    Raises:
        Failure: It is none of these.
    """
    number, unit = since[:-1], since[-1:]
    if unit not in UNITS_S or not number.isdigit():
        raise Failure(f"--since {since} is no length of time.", "Write 30s, 10m, 2h or 1d.", Exit.USAGE)
    return int(number) * UNITS_S[unit]


def print_line(line: Line) -> None:
    """Print an event for a person: local time, who wrote, what."""
    at = datetime.fromtimestamp(line.at / 1000, UTC).astimezone()
    sys.stdout.write(f"{at:%H:%M:%S}.{line.at % 1000:03d}  {line.source}  {line.message}\n")
    sys.stdout.flush()


def json_printer() -> Callable[[Line], None]:
    """Return a printer of JSON lines; the first line names the format."""
    output.print_json_line({"format": output.FORMAT_VERSION})

    def show(line: Line) -> None:
        members = {"timestamp": line.at, "group": line.group, "stream": line.stream, "message": line.message}
        output.print_json_line(members)

    return show


def _now_ms() -> int:
    return int(time.time() * 1000)
