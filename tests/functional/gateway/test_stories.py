"""Stories of requests over the control link: from one process, and from several workers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.functional.gateway.backend import free_port
from tests.functional.gateway.served import Served, route
from tests.functional.gateway.test_workers import Shared, plain_stage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def shared(tmp_path: Path) -> Iterator[Shared]:
    made = Shared(tmp_path).start()
    yield made
    made.close()


def test_a_request_is_found_by_its_id_whichever_worker_answered_it(shared: Shared) -> None:
    shared.push(plain_stage())
    asked = {f"/{number}": shared.ask("GET", f"/{number}") for number in range(12)}
    for path, answer in asked.items():
        (story,) = shared.loop.run(shared.workers.stories(answer.headers["apigw-requestid"]))
        assert (story.path, story.status) == (path, 200)
    told = shared.loop.run(shared.workers.stories())
    assert sorted(each.path for each in told) == sorted(asked)
    assert [each.ended_at for each in told] == sorted(each.ended_at for each in told)
    assert len(shared.loop.run(shared.workers.stories(limit=5))) == 5
    assert shared.loop.run(shared.workers.stories("unknown")) == []


def test_the_instance_that_could_not_be_reached_is_told_beside_the_chosen_one(served: Served) -> None:
    dead = free_port()
    served.push_routes(route(), ports=(dead, served.backend.port))
    answers = [served.ask() for _ in range(2)]
    told = [served.loop.run(served.gateway.stories(each.headers["apigw-requestid"]))[0] for each in answers]
    chosen = f"i{served.backend.port} (127.0.0.1:{served.backend.port})"
    assert [each.instance for each in told] == [chosen, chosen]
    assert sorted(each.passed_over for each in told) == [(), (f"i{dead} (127.0.0.1:{dead})",)]
    assert all(each.times_ms["total"] > 0 for each in told)
