"""Requests to target groups, counted over the control link by all workers of the gateway."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from hatoba.gateway.snapshot import Endpoint, Listener, ListenerRule, Target, WeightedTargets
from tests.functional.gateway.test_workers import Shared, plain_stage

GROUP = "arn:aws:elasticloadbalancing:ap-northeast-1:000000000000:targetgroup/web/0123456789abcdef"


@pytest.fixture
def shared(tmp_path: Path) -> Iterator[Shared]:
    made = Shared(tmp_path).start()
    yield made
    made.close()


def test_the_requests_that_all_workers_sent_to_a_target_group_are_counted(shared: Shared) -> None:
    endpoint = Endpoint("one", "127.0.0.1", shared.backend.port)
    rule = ListenerRule(targets=(WeightedTargets(1, (endpoint,), GROUP),))
    target = Target("arn:listener", (), Listener("application", 80, (rule,)))
    plain = shared.snapshot(plain_stage())
    balanced = replace(plain, version=plain.version + 1, targets=dict.fromkeys(plain.targets, target))
    shared.loop.run(shared.workers.push(balanced))
    assert [shared.ask().status for _ in range(12)] == [200] * 12
    shared.loop.run(shared.workers.push(replace(balanced, version=balanced.version + 1)))
    assert [shared.ask().status for _ in range(8)] == [200] * 8
    assert shared.loop.run(shared.workers.requests()) == {GROUP: 20}
    assert shared.loop.run(shared.workers.in_flight()) == {}
