"""A bench with CloudWatch Logs on it and one group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from hatoba.cloud.logs import Logs
from hatoba.cloud.wire import ServiceError
from tests.support.calls import SCOPE, Bench
from tests.support.fakes import FakeClock

GROUP = "/aws/ecs/fargate/mz-dev-app"
ARN = f"arn:aws:logs:ap-northeast-1:000000000000:log-group:{GROUP}"
DAY_MS = 24 * 60 * 60 * 1000


class LogsBench:
    """``bench("CreateLogGroup", logGroupName=…)`` runs an operation."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.bench = Bench(clock=self.clock)
        self.logs = Logs(self.bench.world)
        self.bench.add(self.logs.operations)
        self("CreateLogGroup", logGroupName=GROUP)

    def __call__(self, operation: str, **params: Any) -> Mapping[str, Any]:
        return self.bench.call("logs", operation, **params)

    def refused(self, operation: str, code: str, **params: Any) -> str:
        """Run an operation that must fail with this code; return its message."""
        with pytest.raises(ServiceError) as raised:
            self(operation, **params)
        assert raised.value.code == code
        return raised.value.message

    @property
    def now(self) -> int:
        return int(self.clock.now() * 1000)

    def append(self, *messages: str, stream: str = "s", at: int | None = None) -> None:
        """Keep messages a millisecond apart, the first one at ``at`` (now)."""
        first = self.now if at is None else at
        self.logs.append(SCOPE, GROUP, stream, [(first + n, text) for n, text in enumerate(messages)])

    def get(self, **params: Any) -> Mapping[str, Any]:
        return self("GetLogEvents", logGroupName=GROUP, **({"logStreamName": "s"} | params))

    def found(self, **params: Any) -> list[str]:
        """Return the messages of the first page of FilterLogEvents."""
        return messages_of(self("FilterLogEvents", logGroupName=GROUP, **params)["events"])


def messages_of(events: Sequence[Mapping[str, Any]]) -> list[str]:
    return [event["message"] for event in events]
