"""The gateway process and its owner: start, kill, take back, drain, sweep."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import signal
import socket
import stat
import threading
from contextlib import closing
from typing import TYPE_CHECKING

import msgspec
import psutil
import pytest

from hatoba.gateway import runfile
from hatoba.gateway.link import Link, LinkLost
from hatoba.gateway.process import GatewayProcess, sweep
from hatoba.gateway.protocol import GatewayError
from hatoba.gateway.snapshot import Snapshot, Stage
from tests.functional.gateway.backend import echo
from tests.functional.gateway.orphans import left_behind
from tests.functional.gateway.served import Served, read_all, route
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.functional.gateway.backend import Asked


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """A gateway of its own for each test: these tests kill it."""
    with closing(Served(tmp_path).start()) as made:
        yield made


def pid_of(served: Served) -> int:
    pid = served.gateway.pid
    assert pid is not None
    return pid


def answers(served: Served) -> bool:
    try:
        return served.ask().status == 200
    except OSError:
        return False


def test_the_run_file_is_for_its_owner_only_and_goes_with_the_process(tmp_path: Path) -> None:
    served = Served(tmp_path).start()
    path = runfile.path_in(tmp_path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    content = runfile.read(tmp_path)
    assert content is not None
    assert abs(psutil.Process(content.pid).create_time() - content.created) < 1
    served.close()
    assert not path.exists()
    assert not runs(content.pid)


def test_a_killed_gateway_is_started_again_with_the_last_snapshot(served: Served) -> None:
    served.push_routes(route())
    before = pid_of(served)
    os.kill(before, signal.SIGKILL)
    wait_until(lambda: answers(served), what="the gateway to serve again")
    assert pid_of(served) != before
    served.push_routes(route("GET /new"))
    assert served.ask("GET", "/new").status == 200


def test_a_push_while_the_gateway_is_down_waits_for_it(served: Served) -> None:
    served.push_routes(route())
    os.kill(pid_of(served), signal.SIGKILL)
    served.push_routes(route("GET /new"))
    assert served.ask("GET", "/new").status == 200
    assert served.ask("GET", "/").status == 404


def test_an_older_snapshot_is_ignored(served: Served) -> None:
    old = served.snapshot(Stage("$default", (route("GET /old"),)))
    served.push_routes(route("GET /new"))
    served.loop.run(served.gateway.push(old))
    assert served.ask("GET", "/old").status == 404


def runs(pid: int) -> bool:
    """Tell whether a process runs; a zombie that nobody reaps does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_the_gateway_outlives_its_cloud_and_the_next_cloud_takes_it_back(tmp_path: Path) -> None:
    with closing(Served(tmp_path)) as made:
        pid = left_behind(made)[0]
        first = made.ask()
        assert first.status == 200
        made.start()
        assert made.gateway.pid == pid
        assert made.line_of(first)["status"] == "200"  # written while no cloud was there
        made.versions = itertools.count(0)  # a new cloud may count anew
        made.push_routes(route("GET /new"))
        assert made.ask("GET", "/new").status == 200
    assert not runs(pid)


def test_a_gateway_of_another_generation_is_replaced(tmp_path: Path) -> None:
    with closing(Served(tmp_path)) as made:
        pid = left_behind(made)[0]
        content = runfile.read(tmp_path)
        assert content is not None
        runfile.write(tmp_path, msgspec.structs.replace(content, generation=content.generation + 1))
        made.start()
        assert made.gateway.pid != pid
        assert not runs(pid)


def test_sweep_ends_what_an_earlier_cloud_left(tmp_path: Path) -> None:
    with closing(Served(tmp_path)) as made:
        pid = left_behind(made)[0]
        assert asyncio.run(sweep(tmp_path)) == [f"gateway process {pid}"]
        assert not runs(pid)
        assert asyncio.run(sweep(tmp_path)) == []


def test_sweep_never_ends_a_stranger_that_has_the_pid(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    runfile.write(tmp_path, runfile.RunFile(os.getpid(), 1.0, 1, "x", 1))
    assert asyncio.run(sweep(tmp_path)) == []
    assert runfile.read(tmp_path) is None


def test_nobody_commands_the_gateway_without_the_token(served: Served) -> None:
    served.push_routes(route())
    content = runfile.read(served.folder)
    assert content is not None

    async def try_it() -> None:
        with pytest.raises(LinkLost):
            await Link.open(content.port, "wrong", lambda _lines: None)

    asyncio.run(try_it())
    with socket.create_connection(("127.0.0.1", content.port), timeout=60) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert read_all(client) == b""
    assert served.ask().status == 200


def test_a_port_that_is_taken_is_named_and_nothing_changes(served: Served) -> None:
    served.push_routes(route())
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        own, served.port = served.port, taken
        with pytest.raises(GatewayError, match=f"API abc1234567: cannot listen on 127.0.0.1 port {taken}"):
            served.push_routes(route("GET /new"))
        served.port = own
        assert served.ask().status == 200
    served.push_routes(route("GET /new"))
    assert served.ask("GET", "/new").status == 200


def test_a_port_that_is_no_longer_served_is_let_go(served: Served) -> None:
    pushed = served.push_routes(route())
    served.loop.run(served.gateway.push(Snapshot(pushed.version + 1, "127.0.0.1", served.shared_port)))
    with pytest.raises(ConnectionRefusedError):
        served.ask()
    socket.create_server(("127.0.0.1", served.port)).close()


def test_sigterm_finishes_the_running_requests_and_delivers_their_lines(served: Served) -> None:
    served.push_routes(route())
    release = asyncio.Event()

    async def hold(asked: Asked, writer: asyncio.StreamWriter) -> None:
        await release.wait()
        await echo(asked, writer)

    served.backend.script = hold
    statuses: list[int] = []
    client = threading.Thread(target=lambda: statuses.append(served.ask().status))
    client.start()
    wait_until(lambda: served.backend.asked, what="the request at the back end")
    stopping = threading.Thread(target=lambda: served.loop.run(served.gateway.stop()))
    stopping.start()
    wait_until(lambda: not is_listening(served.port), what="the port to close")
    served.loop.call(release.set)
    client.join(60)
    stopping.join(60)
    assert statuses == [200]
    wait_until(lambda: served.lines, what="the line of the answer")
    assert [json.loads(each.line)["status"] for each in served.lines] == ["200"]


def is_listening(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def test_stop_may_be_called_twice_and_start_again_after(served: Served) -> None:
    served.push_routes(route())
    served.loop.run(served.gateway.stop())
    served.loop.run(served.gateway.stop())
    served.loop.run(served.gateway.start())
    served.push_routes(route())
    assert answers(served)


def test_a_start_that_is_given_up_leaves_no_process(tmp_path: Path) -> None:
    def children() -> set[int]:
        return {each.pid for each in psutil.Process().children()}

    async def give_up() -> set[int]:
        others = children()  # such as the container engine of other tests
        gateway = GatewayProcess(tmp_path, print)
        starting = asyncio.create_task(gateway.start())
        while not children() - others:  # noqa: ASYNC110 - a peek
            await asyncio.sleep(0)
        made = children() - others
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)
        await gateway.stop()
        return made

    assert not any(runs(pid) for pid in asyncio.run(give_up()))


def test_an_api_that_cannot_be_compiled_is_served_as_before_and_the_log_says_why(served: Served) -> None:
    served.push_routes(route())
    served.push_routes(route(response_parameters={"not a status": {}}))
    assert served.ask().status == 200
    log = (served.folder / "run" / "gateway.log").read_text()
    assert "cannot be compiled" in log
    assert "not a status" in log


def test_a_snapshot_that_cannot_be_read_is_refused_and_nothing_changes(served: Served) -> None:
    served.push_routes(route())
    unreadable = route(timeout_ms="soon")
    with pytest.raises(GatewayError, match="cannot be read"):
        served.push_routes(unreadable)
    assert served.ask().status == 200


def test_a_gateway_that_cannot_start_says_where_its_log_is(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "gateway.log").mkdir()
    gateway = GatewayProcess(tmp_path, print)
    with pytest.raises(GatewayError, match=r"gateway\.log"):
        asyncio.run(gateway.start())


def test_a_push_before_the_start_is_refused(tmp_path: Path) -> None:
    served = Served(tmp_path)
    with pytest.raises(GatewayError, match="start it before"):
        served.push()
    served.close()
