"""Whose process opened a connection, seen in /proc while it stands."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from hatoba.runtime.callers import CallerGone, Callers, Connection
from hatoba.runtime.environment import PROJECT_MARK, TASK_MARK
from hatoba.runtime.records import project_mark

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")

CALL = """
import socket, sys
family = socket.AF_INET6 if sys.argv[2] == "6" else socket.AF_INET
host = "::ffff:127.0.0.1" if sys.argv[2] == "6" else "127.0.0.1"
with socket.socket(family) as made:
    made.connect((host, int(sys.argv[1])))
    sys.stdin.read()
"""


@contextmanager
def called_by(
    folder: Path, task: str | None, *, words: tuple[str, ...] = (), ip: str = "4"
) -> Iterator[Connection]:
    """A connection that a process holds open, of a task or of none."""
    marks = {PROJECT_MARK: project_mark(folder), TASK_MARK: task} if task else {}
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        listener.settimeout(30)
        port = listener.getsockname()[1]
        process = stack.enter_context(
            subprocess.Popen(
                [*words, sys.executable, "-c", CALL, str(port), ip],
                env={"PATH": os.environ["PATH"], **marks},
                stdin=subprocess.PIPE,
                start_new_session=True,
            )
        )
        stack.callback(process.kill)
        made = stack.enter_context(listener.accept()[0])
        yield Connection(made.getpeername(), made.getsockname())


@pytest.mark.parametrize("ip", ["4", "6"])
def test_a_process_is_known_by_the_mark_in_its_environment(tmp_path: Path, ip: str) -> None:
    callers = Callers(tmp_path)
    with called_by(tmp_path, "task1", ip=ip) as first, called_by(tmp_path, "task2", ip=ip) as second:
        assert [callers.task_of(each) for each in (first, second, first)] == ["task1", "task2", "task1"]


def test_a_child_with_another_environment_is_known_by_its_session(tmp_path: Path) -> None:
    words = ("sh", "-c", 'exec 3<&0; env -i "$@" <&3 & wait', "sh")
    with called_by(tmp_path, "task1", words=words) as connection:
        assert Callers(tmp_path).task_of(connection) == "task1"


def test_other_processes_and_tasks_of_other_projects_are_none(tmp_path: Path) -> None:
    callers = Callers(tmp_path)
    with called_by(tmp_path, None) as nobodys, called_by(tmp_path / "other", "task1") as of_another:
        assert callers.task_of(nobodys) is None
        assert callers.task_of(of_another) is None


def test_who_has_closed_the_connection_cannot_be_known(tmp_path: Path) -> None:
    with called_by(tmp_path, "task1") as connection:
        pass
    with pytest.raises(CallerGone):
        Callers(tmp_path).task_of(connection)


def test_many_threads_may_ask_at_once(tmp_path: Path) -> None:
    callers = Callers(tmp_path)
    with ExitStack() as stack:
        calls = {f"task{each}": stack.enter_context(called_by(tmp_path, f"task{each}")) for each in range(8)}
        asked = [*calls.items()] * 8
        threads = stack.enter_context(ThreadPoolExecutor(len(asked)))
        start = threading.Barrier(len(asked))

        def ask(call: tuple[str, Connection]) -> tuple[str, str | None]:
            start.wait(30)
            return call[0], callers.task_of(call[1])

        assert callers.task_of(calls["task0"]) == "task0"
        answers = list(threads.map(ask, asked))
    assert answers == [(task, task) for task, _ in asked]
