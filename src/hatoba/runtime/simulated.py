"""Tasks that only pretend, by a script: for scale and for tests of who schedules them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

import msgspec

from hatoba.runtime.protocol import (
    Address,
    CannotExecute,
    CannotPull,
    CannotStart,
    Executed,
    Image,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hatoba.runtime.protocol import FoundTask, Listener, Reach, TaskSpec, Terminal, Usage

_FIRST_PORT = 1024
_PORTS = 60_000
_SIGTERM_EXIT = 143
_SIGKILL_EXIT = 137
_DONE = Executed(0, "")


class _Clock(Protocol):
    """The part of a clock that a script needs; the cloud's clock and tests' fake one have it."""

    def now(self) -> float: ...

    async def sleep(self, seconds: float) -> None: ...


class _SystemClock:
    def now(self) -> float:
        import time

        return time.time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class Script(msgspec.Struct, frozen=True):
    """How the containers of one image behave.

    Attributes:
        pull_s: How long a pull takes.
        start_s: How long a start takes.
        exits_after_s: After how long it ends by itself; None: never.
        exit_code: With which code it ends by itself.
        stop_s: How long it needs to end after SIGTERM; longer than the stop's time-out means SIGKILL.
        output: Lines that it writes when it starts.
        cannot_pull: Why it cannot be pulled.
        cannot_start: Why it cannot be started.
        execute_s: How long a command inside it takes.
        executes: What a command inside it comes to.
    """

    pull_s: float = 0.0
    start_s: float = 0.0
    exits_after_s: float | None = None
    exit_code: int = 0
    stop_s: float = 0.0
    output: tuple[str, ...] = ()
    cannot_pull: str | None = None
    cannot_start: str | None = None
    execute_s: float = 0.0
    executes: Executed = _DONE


_PLAIN = Script()


class _Task(msgspec.Struct):
    spec: TaskSpec
    listener: Listener
    addresses: tuple[Address, ...]
    running: dict[str, asyncio.Task[None] | None]


class SimulatedRuntime:
    """Follows :attr:`scripts` by image; an image without one runs until it is stopped.

    Addresses are distinct but nobody listens there. ``scripts`` may be changed at any time; it counts for
    later starts. :meth:`end` ends a container from outside.
    """

    kind = "simulated"
    reach: Reach = "nothing"

    def __init__(self, clock: _Clock | None = None, scripts: Mapping[str, Script] | None = None) -> None:
        self._clock = clock or _SystemClock()
        self.scripts: dict[str, Script] = dict(scripts or {})
        self._tasks: dict[str, _Task] = {}
        self._ports = 0
        self._starts = 0

    async def can_run(self, image: str) -> str | None:
        """Return the script's reason, None for most."""
        return self._script(image).cannot_pull

    async def pull(self, image: str) -> Image:
        """Take the script's time."""
        script = self._script(image)
        await self._pause(script.pull_s)
        if script.cannot_pull is not None:
            raise CannotPull(script.cannot_pull)
        return Image(image)

    async def prepare(self, task: TaskSpec, listener: Listener) -> tuple[Address, ...]:
        """Give each port an address of its own."""
        addresses = tuple(
            self._address(container.name, port.container_port, port.protocol)
            for container in task.containers
            for port in container.ports
        )
        self._tasks[task.task_id] = _Task(task, listener, addresses, {})
        return addresses

    async def start(self, task_id: str, container: str) -> str:
        """Take the script's time, write its lines, and end when it says."""
        task = self._tasks[task_id]
        image = next(spec.image for spec in task.spec.containers if spec.name == container)
        script = self._script(image)
        await self._pause(script.start_s)
        if script.cannot_start is not None:
            raise CannotStart(script.cannot_start)
        self._starts += 1
        if script.output:
            at = self._clock.now()
            task.listener.output(task_id, container, [(at, line) for line in script.output])
        task.running[container] = None
        if script.exits_after_s is not None:
            task.running[container] = asyncio.create_task(
                self._end_later(task_id, container, script.exits_after_s, script.exit_code)
            )
        return f"simulated-{self._starts}"

    async def stop(self, task_id: str, container: str, *, timeout_s: float) -> None:
        """Take the script's time, or the time-out if that is shorter, and end it."""
        task = self._tasks.get(task_id)
        if task is None or container not in task.running:
            return
        image = next(spec.image for spec in task.spec.containers if spec.name == container)
        needs_s = self._script(image).stop_s
        await self._pause(min(needs_s, timeout_s))
        self.end(task_id, container, _SIGTERM_EXIT if needs_s <= timeout_s else _SIGKILL_EXIT)

    async def execute(
        self, task_id: str, container: str, command: Sequence[str], *, timeout_s: float
    ) -> Executed:
        """Take the script's time and return what it says, whatever the command."""
        del command
        task = self._tasks.get(task_id)
        if task is None or container not in task.running:
            raise CannotExecute(f"container {container} of task {task_id} does not run")
        image = next(spec.image for spec in task.spec.containers if spec.name == container)
        script = self._script(image)
        await self._pause(min(script.execute_s, timeout_s))
        if script.execute_s > timeout_s:
            raise TimeoutError
        return script.executes

    async def terminal(self, task_id: str, container: str, command: Sequence[str]) -> Terminal:
        """Refuse: nothing runs."""
        raise CannotExecute(f"{command[0]}: nothing runs in a simulated container ({task_id}/{container})")

    def leaves_out(self, task: TaskSpec) -> tuple[str, ...]:
        """Return nothing: it does nothing at all, and says so by its kind."""
        del task
        return ()

    async def usage(self, task_id: str, container: str) -> Usage | None:
        """Return nothing: nothing runs."""
        del task_id, container
        return None

    async def written_bytes(self, task_id: str) -> int | None:
        """Return nothing: nothing is written."""
        del task_id
        return None

    def end(self, task_id: str, container: str, exit_code: int | None, reason: str | None = None) -> None:
        """End a running container now; nothing happens if it does not run."""
        task = self._tasks.get(task_id)
        if task is None or container not in task.running:
            return
        timer = task.running.pop(container)
        if timer is not None and timer is not asyncio.current_task():
            timer.cancel()
        task.listener.exited(task_id, container, exit_code, reason)

    async def remove(self, task_id: str) -> None:
        """Stop what runs and forget the task."""
        task = self._tasks.get(task_id)
        for container in tuple(task.running) if task else ():
            self.end(task_id, container, _SIGKILL_EXIT)
        self._tasks.pop(task_id, None)

    async def found(self, listener: Listener) -> tuple[FoundTask, ...]:
        """Return nothing: what is simulated does not outlive its cloud."""
        del listener
        return ()

    async def close(self) -> None:
        """Stop the scripts."""
        timers = [timer for task in self._tasks.values() for timer in task.running.values() if timer]
        for timer in timers:
            timer.cancel()
        await asyncio.gather(*timers, return_exceptions=True)
        self._tasks.clear()

    async def _end_later(self, task_id: str, container: str, seconds: float, exit_code: int) -> None:
        await self._clock.sleep(seconds)
        self.end(task_id, container, exit_code)

    async def _pause(self, seconds: float) -> None:
        if seconds > 0:
            await self._clock.sleep(seconds)

    def _script(self, image: str) -> Script:
        return self.scripts.get(image, _PLAIN)

    def _address(self, container: str, container_port: int, protocol: str) -> Address:
        host, port = divmod(self._ports, _PORTS)
        self._ports += 1
        return Address(container, container_port, f"127.1.0.{host + 1}", _FIRST_PORT + port, protocol)
