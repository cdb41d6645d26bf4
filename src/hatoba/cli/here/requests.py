"""``hatoba requests``: what became of requests to the gateway, and why."""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeAlias

from hatoba.cli import local, output
from hatoba.cli.exits import Failure
from hatoba.cli.interrupting import raise_on_signals

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from hatoba.cloud.server.runfile import RunFile

Story: TypeAlias = "Mapping[str, Any]"

POLL_S = 0.5
OVERLAP_S = 1.0
"""How far back each look goes over the last one: workers end requests side by side."""
REMEMBERED_IDS = 10_000

COLUMNS = {
    "time": "TIME",
    "id": "REQUEST",
    "status": "STATUS",
    "took": "MS",
    "asked": "ASKED",
    "route": "ROUTE",
    "instance": "INSTANCE",
    "why": "NOT AS ASKED",
}


def requests(folder: Path, request_id: str | None, *, limit: int, follow: bool, as_json: bool) -> None:
    """Print the last requests, or all of one; with ``follow`` go on with new ones until interrupted.

    Raises:
        Failure: Nothing is up, or the request is not remembered.
    """
    run = local.running(folder)
    if request_id is not None:
        _print_one(_the_one(run, request_id), as_json=as_json)
    elif follow:
        _follow(run, limit, as_json=as_json)
    else:
        found = _ask(run, limit=limit)
        if as_json:
            output.print_json({"requests": found})
        else:
            output.print_table([_row(each) for each in found], COLUMNS, empty="No request has come yet.")


def _ask(run: RunFile, **wanted: object) -> list[Story]:
    found: list[Story] = local.ask(run, "POST", "requests", wanted)["requests"]
    return found


def _the_one(run: RunFile, request_id: str) -> Story:
    found = _ask(run, id=request_id)
    if not found:
        raise Failure(
            f"No request {request_id} is remembered.",
            "The last thousand are; `hatoba requests` lists them, the access log has the others."
            " One that was refused before it was whole (400, 408, 413, 431) is in neither.",
        )
    return found[-1]


def _print_one(story: Story, *, as_json: bool) -> None:
    if as_json:
        output.print_json({"request": story})
    else:
        output.print_text(_told(story))


def _follow(run: RunFile, limit: int, *, as_json: bool) -> None:
    raise_on_signals()
    if as_json:
        output.print_json_line({"format": output.FORMAT_VERSION})
    seen = Seen()
    seen.new(_ask(run, limit=1000)[:-limit])
    try:
        while True:
            for story in seen.new(_ask(run, after=seen.after, limit=1000)):
                if as_json:
                    output.print_json_line(story)
                else:
                    output.print_text([_line(story)])
            sys.stdout.flush()
            time.sleep(POLL_S)
    except KeyboardInterrupt:
        return


class Seen:
    """Which requests were shown already. Workers end requests side by side, so looks overlap."""

    def __init__(self) -> None:
        self.after = 0.0
        """From when on to look, epoch seconds."""
        self._ids: dict[str, None] = {}

    def new(self, stories: Sequence[Story]) -> list[Story]:
        """Return those that were not seen, and take note of them."""
        found = [each for each in stories if each["request_id"] not in self._ids]
        for each in found:
            self._ids[each["request_id"]] = None
            self.after = max(self.after, each["ended_at"] - OVERLAP_S)
        while len(self._ids) > REMEMBERED_IDS:
            del self._ids[next(iter(self._ids))]
        return found


def _row(story: Story) -> output.Row:
    return {
        "time": _time(story),
        "id": story["request_id"],
        "status": story["status"] or "gone",
        "took": story["times_ms"]["total"],
        "asked": f"{story['method']} {story['path']}",
        "route": story["route_key"] or "",
        "instance": story["instance"] or "",
        "why": _trouble(story),
    }


def _line(story: Story) -> str:
    row = _row(story)
    parts = [row[each] for each in ("time", "id", "status", "took", "asked", "route", "instance", "why")]
    return "  ".join(str(each) for each in parts if each != "")


def _time(story: Story) -> str:
    return datetime.fromtimestamp(story["at"], UTC).astimezone().strftime("%H:%M:%S.%f")[:-3]


def _trouble(story: Story) -> str:
    """Say in a few words what did not go as the client asked."""
    if story["status"] is None:
        return "the client went away"
    if story["failed_claim"] is not None:
        return f"{story['authorizer']} ({story['failed_claim']})"
    if story["route_key"] is None and story["status"] >= 400:  # noqa: PLR2004 - an error
        return str(story["why"])
    return str(story["error"] or "")


def _told(story: Story) -> Iterator[str]:
    """Tell all of a request."""
    yield f"{story['request_id']}  {story['method']} {story['path']}  {story['status'] or 'no answer'}"
    yield f"  received     {_time(story)} from {story['source_ip']}, Host {story['host']}"
    for name, value in story["headers"]:
        yield f"                 {name}: {value}"
    if story["body_bytes"]:
        yield f"                 and {story['body_bytes']} bytes"
    if story["api_id"] is not None:
        yield f"  API          {story['api_id']}, stage {story['stage'] or 'none'}"
    yield f"  route        {story['route_key'] or 'none'}: {story['why']}"
    yield f"  authorizer   {story['authorizer']}"
    if story["failed_claim"] is not None:
        yield f"                 failed: {story['failed_claim']}"
    for name, value in story["claims"].items():
        yield f"                 {name} = {value}"
    yield from _told_of_integration(story)
    yield f"  answer       {_answer(story)}"
    steps = ", ".join(f"{name} {took} ms" for name, took in story["times_ms"].items())
    yield f"  times        {steps}"


def _told_of_integration(story: Story) -> Iterator[str]:
    if story["integration_id"] is None:
        return
    yield f"  integration  {story['integration_id']}"
    for each in story["passed_over"]:
        yield f"                 not reached: {each}"
    if story["instance"] is not None:
        again = ", sent again on a new connection" if story["repeated"] else ""
        yield f"                 chosen: {story['instance']}{again}"
    for each in story["sent"]:
        yield f"                 > {each}"
    if story["sent_body_bytes"]:
        yield f"                 > and {story['sent_body_bytes']} bytes"
    if story["integration_status"] is not None:
        yield f"                 < {story['integration_status']}"


def _answer(story: Story) -> str:
    if story["status"] is None:
        return "none: the client went away"
    error = f": {story['error']}" if story["error"] else ""
    return f"{story['status']}, {story['response_bytes']} bytes{error}"
