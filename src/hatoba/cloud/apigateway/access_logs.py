"""Access-log lines, from the gateway to the log groups of their stages."""

from __future__ import annotations

import logging
from collections import defaultdict
from typing import TYPE_CHECKING

from hatoba.cloud.state import Scope
from hatoba.cloud.wire import ServiceError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hatoba.cloud.world import LogSink
    from hatoba.gateway.records import AccessLogLine

_log = logging.getLogger(__name__)

LARGEST_ENTRY = 1024 * 1024
"""Bytes: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html"""


class AccessLogs:
    """Keeps lines in the stream ``{api-id}/{stage}`` of the group that their destination names."""

    def __init__(self, sink: LogSink) -> None:
        self._sink = sink
        self._missing: set[str] = set()

    def deliver(self, lines: Sequence[AccessLogLine]) -> None:
        """Keep a batch of lines. Those for a group that is not there are dropped, said once per group."""
        batches: defaultdict[tuple[str, str], list[tuple[int, str]]] = defaultdict(list)
        for line in lines:
            stream = f"{line.api_id}/{line.stage}"
            batches[line.destination, stream].append((int(line.at * 1000), _entry(line.line)))
        for (destination, stream), events in batches.items():
            self._append(destination, stream, events)

    def _append(self, destination: str, stream: str, events: list[tuple[int, str]]) -> None:
        _, _, _, region, account, _, group = destination.removesuffix(":*").split(":", 6)
        try:
            self._sink.append(Scope(account, region), group, stream, events)
        except ServiceError as error:
            if destination not in self._missing:
                self._missing.add(destination)
                _log.warning("access log lines for %s are dropped: %s", destination, error.message)
        else:
            self._missing.discard(destination)


def _entry(line: str) -> str:
    """Return a line as it is kept: one that is too large loses its end."""
    if len(line) <= LARGEST_ENTRY // 4:  # so many characters are never too many bytes
        return line
    return line.encode()[:LARGEST_ENTRY].decode(errors="ignore")
