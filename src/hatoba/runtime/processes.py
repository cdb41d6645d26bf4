"""The door to the system's processes: start, recognize, signal, wait."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

# The start time of a process is derived from the clock at boot, which may be set a little later.
_SAME_START_S = 2.0
_POLL_S = 0.05


class ProcessId(msgspec.Struct, frozen=True):
    """A process that cannot be mistaken for another one that got its number later."""

    pid: int
    created: float


class Process:
    """A process that leads its own session and group, started here or by an earlier cloud."""

    def __init__(self, identity: ProcessId, child: subprocess.Popen[bytes] | None = None) -> None:
        self.identity = identity
        self._child = child

    @staticmethod
    def start(
        command: Sequence[str], *, directory: Path, environment: Mapping[str, str], output: Path
    ) -> Process:
        """Start a command whose stdout and stderr are appended to ``output``.

        Raises:
            OSError: It cannot be executed.
        """
        file = os.open(output, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            child = subprocess.Popen(
                list(command),
                cwd=directory,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                start_new_session=True,
            )
        finally:
            os.close(file)
        return Process(ProcessId(child.pid, _created(child.pid) or 0.0), child)

    @staticmethod
    def adopt(identity: ProcessId, marks: Mapping[str, str]) -> Process | None:
        """Return the process that an earlier cloud started, or None when it has ended."""
        created = _created(identity.pid)
        if created is None:
            return None
        is_same = abs(created - identity.created) < _SAME_START_S or bears(identity.pid, marks)
        return Process(identity) if is_same else None

    async def ended(self) -> int | None:
        """Wait for the end; return 128 + signal or the exit code, None where this is not our child.

        What it leaves behind in its group is killed, as in a container whose first process ended.
        """
        await _gone(self.identity.pid, self._child)
        self.signal(signal.SIGKILL)
        if self._child is None:
            return None
        code = self._child.wait()
        return 128 - code if code < 0 else code

    async def within(self, seconds: float) -> int:
        """Wait for the end of a child started here; kill it when it takes longer, or we are cancelled.

        Raises:
            TimeoutError: It took longer.
        """
        assert self._child is not None, "its exit code cannot be known"
        try:
            async with asyncio.timeout(seconds):
                return await self.ended() or 0
        finally:
            if self._child.returncode is None:
                self.signal(signal.SIGKILL)
                self._child.wait()

    def let_go(self) -> None:
        """Do not wait for it any more; it runs on."""
        if self._child is not None and self._child.returncode is None:
            # Popen complains of a child that nobody waited for; this one is meant to outlive us.
            self._child.returncode = 0

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the process and all that it started in its group."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.identity.pid, number)


async def _gone(pid: int, child: subprocess.Popen[bytes] | None) -> None:
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    except (AttributeError, OSError):
        await _gone_by_polling(pid, child)
        return
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[None] = loop.create_future()
    loop.add_reader(handle, lambda: None if ended.done() else ended.set_result(None))
    try:
        await ended
    finally:
        loop.remove_reader(handle)
        os.close(handle)


async def _gone_by_polling(pid: int, child: subprocess.Popen[bytes] | None) -> None:
    """Wait without a pidfd: macOS, old kernels, sandboxes."""
    while child.poll() is None if child else _created(pid) is not None:  # noqa: ASYNC110 - nobody tells us
        await asyncio.sleep(_POLL_S)


def _created(pid: int) -> float | None:
    """Return when a living process was started, in epoch seconds; None when it lives no more."""
    import psutil

    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else process.create_time()
    except psutil.Error:
        return None


def bears(pid: int, marks: Mapping[str, str]) -> bool:
    """Say whether a process has these variables in its environment."""
    return marks.items() <= _environment(pid).items()


def marked(marks: Mapping[str, str]) -> dict[int, Mapping[str, str]]:
    """Return the environments of the processes that have these variables in it, by process number.

    Looks at every process: some milliseconds.
    """
    import psutil

    environments = {pid: _environment(pid) for pid in psutil.pids() if pid != os.getpid()}
    return {
        pid: environment for pid, environment in environments.items() if marks.items() <= environment.items()
    }


def _environment(pid: int) -> Mapping[str, str]:
    import psutil

    try:
        return psutil.Process(pid).environ()
    except (psutil.Error, OSError):
        return {}


def kill(pids: Iterable[int]) -> None:
    """End processes at once."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)


class Measured(msgspec.Struct, frozen=True):
    """What a process and its children use; CPU in nanoseconds, against the machine's own."""

    cpu_ns: int
    system_cpu_ns: int
    memory_bytes: int
    processes: int


def measure(pid: int) -> Measured | None:
    """Measure a process with its children, those that ended included; None when it lives no more."""
    import psutil

    try:
        first = psutil.Process(pid)
        times = first.cpu_times()
        cpu_s = times.user + times.system + times.children_user + times.children_system
        memory, processes = first.memory_info().rss, 1
        for child in first.children(recursive=True):
            with contextlib.suppress(psutil.Error):
                times = child.cpu_times()
                cpu_s += times.user + times.system
                memory += child.memory_info().rss
                processes += 1
    except psutil.Error:
        return None
    return Measured(int(cpu_s * 1e9), int(sum(psutil.cpu_times()) * 1e9), memory, processes)
