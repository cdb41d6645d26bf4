"""Several gateway workers on one port: who answers, who is started again, what they share."""

from __future__ import annotations

import os
import signal
import socket
from typing import TYPE_CHECKING

import psutil
import pytest
from msgspec.structs import replace

from hatoba.gateway import runfile
from hatoba.gateway.protocol import GatewayError
from hatoba.gateway.snapshot import Snapshot, Stage, Throttle
from hatoba.gateway.workers import GatewayWorkers
from tests.functional.gateway.orphans import left_behind
from tests.functional.gateway.served import LOG, Served, route
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

DEADLINE_S = 30.0


class Shared(Served):
    """A gateway of several workers."""

    def __init__(self, folder: Path, workers: int = 2) -> None:
        super().__init__(folder)
        self.workers = GatewayWorkers(folder, self.lines.extend, workers)

    def start(self) -> Shared:
        self.loop.run(self.workers.start())
        return self

    def push(self, *stages: Stage, ports: Sequence[int] | None = None) -> Snapshot:
        pushed = self.snapshot(*stages, ports=ports)
        self.loop.run(self.workers.push(pushed))
        return pushed

    def close(self) -> None:
        self.loop.run(self.workers.stop())
        self.backend.stop()
        self.loop.close()

    def listening(self) -> set[int]:
        return {pid for pid in self.workers.pids if listens(pid, self.port)}


def listens(pid: int, port: int) -> bool:
    try:
        found = psutil.Process(pid).net_connections("tcp")
    except psutil.NoSuchProcess:
        return False
    return any(each.status == psutil.CONN_LISTEN and each.laddr.port == port for each in found)


@pytest.fixture
def shared(tmp_path: Path) -> Iterator[Shared]:
    made = Shared(tmp_path).start()
    yield made
    made.close()


def plain_stage() -> Stage:
    return Stage("$default", (route(),), None, LOG)


def test_all_workers_listen_on_the_port_and_every_answer_is_logged(shared: Shared) -> None:
    shared.push(plain_stage())
    assert len(shared.workers.pids) == 2
    assert shared.listening() == set(shared.workers.pids)
    ids = {shared.ask().headers["apigw-requestid"] for _ in range(30)}
    assert len(ids) == 30
    wait_until(lambda: len(shared.lines) >= 30, what="the lines of all workers", within_s=DEADLINE_S)
    assert len(shared.lines) == 30


def test_a_worker_that_dies_is_started_again_beside_the_others(shared: Shared) -> None:
    shared.push(plain_stage())
    before = shared.workers.pids
    os.kill(before[1], signal.SIGKILL)
    wait_until(
        lambda: len(shared.listening()) == 2 and before[1] not in shared.listening(),
        what="a new worker to listen",
        within_s=DEADLINE_S,
    )
    assert before[0] in shared.listening()
    assert all(shared.ask().status == 200 for _ in range(20))


def test_a_throttle_holds_for_all_workers_together(shared: Shared) -> None:
    throttled = replace(route(), throttle=Throttle(0.0001, 10))
    shared.push(Stage("$default", (throttled,)))
    statuses = [shared.ask().status for _ in range(40)]
    assert statuses.count(200) == 10
    assert statuses.count(429) == 30
    shared.push(Stage("$default", (throttled,)))
    assert shared.ask().status == 429


def test_a_port_that_another_shares_is_refused(shared: Shared) -> None:
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", shared.port))
        other.listen()
        with pytest.raises(GatewayError, match=f"abc1234567: cannot listen on 127.0.0.1 port {shared.port}"):
            shared.push(plain_stage())


def test_all_workers_are_taken_back(tmp_path: Path) -> None:
    shared = Shared(tmp_path)
    try:
        before = left_behind(shared, 2)
        shared.start()
        assert list(shared.workers.pids) == before
        assert shared.ask().status == 200
        shared.push(plain_stage())
        assert shared.listening() == set(before)
    finally:
        shared.close()


def test_workers_of_another_count_are_ended(tmp_path: Path) -> None:
    shared = Shared(tmp_path, 1)
    try:
        before = left_behind(shared, 3)
        shared.start()
        shared.push(plain_stage())
        assert len(shared.workers.pids) == 1
        assert shared.listening() == set(shared.workers.pids)
        assert not any(listens(each, shared.port) for each in before)
        assert [each.worker for each in runfile.all_in(tmp_path)] == [0]
    finally:
        shared.close()


def test_nothing_of_the_workers_is_left_after_the_end(tmp_path: Path) -> None:
    shared = Shared(tmp_path, 3).start()
    pids = shared.workers.pids
    assert len(runfile.all_in(tmp_path)) == 3
    shared.close()
    assert runfile.all_in(tmp_path) == []
    assert not any(psutil.pid_exists(each) for each in pids)
    assert not (tmp_path / "run" / runfile.BUCKETS).exists()
