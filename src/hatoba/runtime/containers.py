"""Tasks as containers of Docker or Podman, through the Docker API."""

from __future__ import annotations

import asyncio
import logging
import math
from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace

from hatoba.runtime.container_config import (
    CONTAINER_LABEL,
    PROJECT_LABEL,
    TASK_LABEL,
    Names,
    container_config,
    shared_network,
)
from hatoba.runtime.container_network import Surroundings
from hatoba.runtime.container_output import OutputPlace
from hatoba.runtime.container_task import ContainerTask, RunningContainer
from hatoba.runtime.engine import Engine, EngineError, EngineGone, EngineTimedOut
from hatoba.runtime.pause import UnknownMachine
from hatoba.runtime.protocol import (
    CannotExecute,
    CannotPull,
    CannotStart,
    CannotStop,
    Executed,
    FoundContainer,
    FoundTask,
    Image,
    StartTimedOut,
)
from hatoba.runtime.records import TaskFolders, project_mark

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from pathlib import Path

    from hatoba.runtime.doors import Way
    from hatoba.runtime.engine import ContainerState
    from hatoba.runtime.model import TaskRecord
    from hatoba.runtime.protocol import Address, Admit, Listener, Reach, TaskSpec, Terminal, Usage

_log = logging.getLogger(__name__)

OUT_OF_MEMORY = "OutOfMemoryError: Container killed due to memory usage"
OUT_OF_MEMORY_EXIT = 137
START_TIMED_OUT = "Could not transition to running; timed out after waiting 1m: "
REMOVED_OUTSIDE = "the container was removed by somebody else"
_FIRST_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 2.0
_PAUSES_BETWEEN_TRIES_S = (0.05, 0.5)


class ContainerRuntime:
    """Runs each container by the engine at an address; see :class:`hatoba.runtime.protocol.Runtime`."""

    kind = "container"

    def __init__(self, folder: Path, url: str, way: Way | None = None, *, admit: Admit | None = None) -> None:
        """Make it.

        Args:
            folder: The project's ``.hatoba``; records are kept under it.
            url: Where the engine listens.
            way: How the engine's networks are entered; None: as can be done here.
            admit: Says whether a task may reach a port of another one; None: nobody is asked.
        """
        self._project = project_mark(folder)
        self._folders = TaskFolders(folder, "containers")
        self._url = url
        self._tasks: dict[str, ContainerTask] = {}
        self._opened: Engine | None = None
        self._pulls: dict[str, asyncio.Lock] = {}
        self._listener: asyncio.Task[None] | None = None
        self._around = Surroundings(self._folders, url, way, None if admit is None else self._judge)
        self._admit = admit

    @property
    def reach(self) -> Reach:
        """By doors, where the engine's networks can be entered."""
        return "nothing" if self._around.closed_door else "doors"

    @property
    def _engine(self) -> Engine:
        if self._opened is None:
            self._opened = Engine(self._url)
        return self._opened

    async def can_run(self, image: str) -> str | None:
        """Return None: whether an image can be had shows when it is pulled."""
        del image
        return None

    async def pull(self, image: str) -> Image:
        """Return the image with its digest; it is fetched only when it is not here."""
        try:
            async with self._pulls.setdefault(image, asyncio.Lock()):
                found = await self._engine.image(image)
                if found is None:
                    await self._engine.pull(image)
                    found = await self._engine.image(image)
        except EngineGone as error:
            raise CannotPull(f"the container engine at {self._url} does not answer: {error}") from error
        except EngineError as error:
            raise CannotPull(
                f"pull image manifest has been retried 1 time(s): failed to resolve ref {image}: {error}"
            ) from error
        if found is None:
            raise CannotPull(f"{image} was pulled, and the container engine does not know it")
        return Image(image, next((each.partition("@")[2] for each in found.digests), None), found.id)

    async def prepare(self, task: TaskSpec, listener: Listener) -> tuple[Address, ...]:
        """Reserve host ports and make the task's volumes and, for several containers, their network."""
        record, reservation = self._folders.begin(task)
        made = ContainerTask(record, listener, Names(self._project, task.task_id))
        made.reservation = reservation
        self._tasks[task.task_id] = made
        try:
            await self._around.make(self._engine, made)
        except (EngineError, UnknownMachine) as error:
            raise CannotStart(f"the container engine did not make the task's network: {error}") from error
        return made.record.addresses

    async def start(self, task_id: str, container: str) -> str:
        """Create the container, or take the one that ended, and start it; return its id."""
        task = self._tasks[task_id]
        task.release_ports()
        container_id = task.made.get(container)
        try:
            if container_id is None:
                config = container_config(
                    task.record.spec,
                    task.container(container),
                    task.names,
                    task.network,
                    cpus=await self._engine.cpus(),
                )
                container_id = await self._engine.create(task.names.container(container), config)
                task.made[container] = container_id
            await self._engine.start(container_id)
        except EngineTimedOut as error:
            raise StartTimedOut(f"{START_TIMED_OUT}the container engine: {error}") from error
        except EngineError as error:
            task.made.pop(container, None)
            if container_id is not None:
                await self._remove_quietly(container_id)
            raise CannotStart(f"the container engine said: {error}") from error
        self._watch(task, container, container_id)
        return container_id

    async def stop(self, task_id: str, container: str, *, timeout_s: float) -> None:
        """Let the engine stop it and wait until its end was told."""
        task = self._tasks.get(task_id)
        running = task.running.get(container) if task else None
        if running is None:
            return
        try:
            await self._engine.stop(running.container_id, math.ceil(timeout_s))
        except EngineError as error:
            raise CannotStop(f"the container engine said: {error}") from error
        running.died.set()
        await running.ended.wait()

    async def execute(
        self, task_id: str, container: str, command: Sequence[str], *, timeout_s: float
    ) -> Executed:
        """Let the engine run it. The engine has no way to end one that takes too long: it runs on."""
        task = self._tasks.get(task_id)
        running = task.running.get(container) if task else None
        if running is None:
            raise CannotExecute(f"container {container} of task {task_id} does not run")
        try:
            async with asyncio.timeout(timeout_s):
                exit_code, output = await self._engine.execute(running.container_id, command)
        except EngineError as error:
            raise CannotExecute(f"the container engine said: {error}") from error
        return Executed(exit_code, output.decode(errors="replace"))

    async def terminal(self, task_id: str, container: str, command: Sequence[str]) -> Terminal:
        """Let the engine run it, as root."""
        task = self._tasks.get(task_id)
        running = task.running.get(container) if task else None
        if running is None:
            raise CannotExecute(f"container {container} of task {task_id} does not run")
        try:
            return await self._engine.terminal(running.container_id, command)
        except EngineError as error:
            raise CannotExecute(f"the container engine said: {error}") from error

    def leaves_out(self, task: TaskSpec) -> tuple[str, ...]:
        """Return what the engine is not asked for."""
        left_out = []
        if self._around.closed_door:
            left_out.append(f"nothing in it reaches this cloud ({self._around.closed_door})")
        made = self._tasks.get(task.task_id)
        no_wall = self._around.no_wall or (made.no_wall if made else None)
        if no_wall is not None:
            left_out.append(f"other tasks are not kept from it by security groups ({no_wall})")
        return tuple(left_out)

    async def _judge(self, address: str, task_id: str, port: int) -> bool:
        """Ask about a caller by the task that has its address."""
        caller = next((each for each, task in self._tasks.items() if task.address == address), None)
        return self._admit is None or await self._admit(caller, task_id, port)

    async def usage(self, task_id: str, container: str) -> Usage | None:
        """Let the engine measure it."""
        task = self._tasks.get(task_id)
        running = task.running.get(container) if task else None
        return None if running is None else await self._engine.usage(running.container_id)

    async def written_bytes(self, task_id: str) -> int | None:
        """Let the engine measure it; None while it does not."""
        task = self._tasks.get(task_id)
        if task is None:
            return None
        mounts = (mount for each in task.record.spec.containers for mount in each.mounts)
        volumes = {task.names.volume(mount.volume) for mount in mounts}
        try:
            of_containers = [await self._engine.written_bytes(each) for each in task.made.values()]
            return sum(of_containers) + (await self._engine.volume_bytes(volumes) if volumes else 0)
        except EngineError as error:
            _log.debug("%s: its disk was not measured: %s", task_id, error)
            return None

    async def remove(self, task_id: str) -> None:
        """Remove the task's containers, their network, its volumes and its record."""
        task = self._tasks.get(task_id)
        names = Names(self._project, task_id)
        if task is not None:
            await asyncio.gather(*(self.stop(task_id, name, timeout_s=0) for name in tuple(task.running)))
            task.release_ports()
            await task.close_doors()
        await self._engine.remove_all(await self._engine.containers(names.labels()), CONTAINER_LABEL)
        for volume in await self._engine.volumes(names.labels()):
            await self._engine.remove_volume(volume)
        self._folders.remove(task_id)
        self._tasks.pop(task_id, None)

    async def found(self, listener: Listener) -> tuple[FoundTask, ...]:
        """Take back the tasks on record; remove containers of tasks that are not."""
        by_task: dict[str, dict[str | None, str]] = {}
        for each in await self._engine.containers({PROJECT_LABEL: self._project}):
            of_task = by_task.setdefault(each.labels[TASK_LABEL], {})
            of_task[each.labels.get(CONTAINER_LABEL)] = each.container_id
        for record in tuple(self._folders.read()):
            if record.spec.task_id not in self._tasks:
                of_task = by_task.get(record.spec.task_id, {})
                await _alone(record.spec.task_id, partial(self._take_back, record, of_task, listener))
        for task_id in by_task.keys() - self._tasks.keys():
            await _alone(task_id, partial(self.remove, task_id))
        return tuple(_found(task) for task in self._tasks.values() if task.found is not None)

    async def _take_back(
        self, record: TaskRecord, containers: dict[str | None, str], listener: Listener
    ) -> None:
        task = ContainerTask(record, listener, Names(self._project, record.spec.task_id))
        task.found = {}
        holder = containers.get(None)
        if holder is not None:
            task.network = shared_network(holder)
        for name, container_id in containers.items():
            state = await self._engine.state(container_id)
            if name is None or state is None:
                continue
            task.made[name] = container_id
            exit_code = None if state.running else _end_of(state)[0]
            task.found[name] = FoundContainer(name, container_id, state.running, exit_code)
        # Nothing was begun so far: had the engine gone, all of it would be asked again.
        self._tasks[record.spec.task_id] = task
        if holder is not None:
            await self._around.open_again(self._engine, task, holder)
        for found in task.found.values():
            if found.running:
                self._watch(task, found.name, found.runtime_id)
            else:
                await self._read_quietly(task, found.name, found.runtime_id)

    async def close(self) -> None:
        """Stop listening to the engine; the containers run on."""
        watchers = [
            running.watcher
            for task in self._tasks.values()
            for running in task.running.values()
            if running.watcher is not None
        ]
        if self._listener is not None:
            watchers.append(self._listener)
            self._listener = None
        for watcher in watchers:
            watcher.cancel()
        await asyncio.gather(*watchers, return_exceptions=True)
        for task in self._tasks.values():
            task.release_ports()
            await task.close_doors()
        self._tasks.clear()
        if self._opened is not None:
            await self._opened.close()
            self._opened = None

    def _watch(self, task: ContainerTask, container: str, container_id: str) -> None:
        if self._listener is None:
            self._listener = asyncio.create_task(self._listen(), name="container events")
        running = RunningContainer(container_id)
        task.running[container] = running
        running.watcher = asyncio.create_task(
            self._until_end(task, container, running), name=f"{task.record.spec.task_id}/{container}"
        )

    async def _until_end(self, task: ContainerTask, container: str, running: RunningContainer) -> None:
        """Read the output until the container ended, over every interruption of the engine."""
        exit_code, reason = await self._follow(task, container, running)
        del task.running[container]
        try:
            task.listener.exited(task.record.spec.task_id, container, exit_code, reason)
        finally:
            running.ended.set()

    async def _follow(
        self, task: ContainerTask, container: str, running: RunningContainer
    ) -> tuple[int | None, str | None]:
        pause_s = _FIRST_PAUSE_S
        while True:
            try:
                await self._read_until_death(task, container, running)
                state = await self._engine.state(running.container_id)
                if state is None:
                    return None, REMOVED_OUTSIDE
                if not state.running:
                    await self._read(task, container, running.container_id, follow=False)
                    return _end_of(state)
                running.died.clear()
                pause_s = _FIRST_PAUSE_S
            except EngineError as error:
                if not isinstance(error, EngineGone) and await self._is_gone(running.container_id):
                    return None, REMOVED_OUTSIDE
                _log.warning("%s: the engine does not give its output (%s); trying again", container, error)
                pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)
            await asyncio.sleep(pause_s)

    async def _read_until_death(self, task: ContainerTask, container: str, running: RunningContainer) -> None:
        """Read until the output or the container ends; Podman tells the latter up to a second earlier."""
        reading = asyncio.create_task(self._read(task, container, running.container_id, follow=True))
        dying = asyncio.create_task(running.died.wait())
        try:
            await asyncio.wait({reading, dying}, return_when=asyncio.FIRST_COMPLETED)
            if reading.done():
                await reading
        finally:
            for each in (reading, dying):
                each.cancel()
            await asyncio.gather(reading, dying, return_exceptions=True)

    async def _listen(self) -> None:
        """Tell the followers which containers ended."""
        pause_s = _FIRST_PAUSE_S
        while True:
            try:
                async for container_id in self._engine.deaths({PROJECT_LABEL: self._project}):
                    pause_s = _FIRST_PAUSE_S
                    for task in self._tasks.values():
                        for running in task.running.values():
                            if running.container_id == container_id:
                                running.died.set()
            except EngineError as error:
                _log.warning("the engine's events are interrupted: %s", error)
            pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)
            await asyncio.sleep(pause_s)

    async def _is_gone(self, container_id: str) -> bool:
        try:
            return await self._engine.state(container_id) is None
        except EngineError:
            return False

    async def _read(self, task: ContainerTask, container: str, container_id: str, *, follow: bool) -> None:
        """Deliver the output from where it was last read until the stream ends."""
        place = task.places.get(container)
        if place is None:
            output = self._folders.output(task.record.spec.task_id, container)
            place = task.places[container] = OutputPlace(output.with_suffix(".read"))
        shown = self._engine.output(
            container_id,
            place.begin(),
            follow=follow,
            is_terminal=task.container(container).has_terminal,
        )
        async for frames in shown:
            self._tell(task, container, place.take(frames))
            place.keep()
        if not follow:
            self._tell(task, container, place.rest())
            place.keep()

    def _tell(self, task: ContainerTask, container: str, lines: list[tuple[float, str]]) -> None:
        if not lines:
            return
        try:
            task.listener.output(task.record.spec.task_id, container, lines)
        except Exception:  # noqa: BLE001 - the reader's outer edge: what follows must be read too
            _log.exception("%s: %d lines were not taken", container, len(lines))

    async def _read_quietly(self, task: ContainerTask, container: str, container_id: str) -> None:
        try:
            await self._read(task, container, container_id, follow=False)
        except EngineError as error:
            _log.warning("the last output of %s was not read: %s", container, error)

    async def _remove_quietly(self, container_id: str) -> None:
        try:
            await self._engine.remove(container_id)
        except EngineError as error:
            _log.warning("container %s was not removed: %s", container_id, error)


async def _alone(task_id: str, work: Callable[[], Awaitable[None]]) -> None:
    """Do what is to be done with one task of an earlier cloud; its troubles must not hide the others."""
    said = ""
    for pause_s in (0.0, *_PAUSES_BETWEEN_TRIES_S):
        await asyncio.sleep(pause_s)
        try:
            await work()
        except EngineGone:
            raise
        except EngineError as error:
            said = str(error)
        else:
            return
    _log.warning("%s: was neither taken back nor removed: %s", task_id, said)


def _found(task: ContainerTask) -> FoundTask:
    containers = tuple(
        replace(each, running=False) if each.running and each.name not in task.running else each
        for each in (task.found or {}).values()
    )
    return FoundTask(task.record.spec.task_id, task.record.addresses, containers)


def _end_of(state: ContainerState) -> tuple[int, str | None]:
    if state.out_of_memory:
        return OUT_OF_MEMORY_EXIT, OUT_OF_MEMORY
    return state.exit_code, None


async def sweep_containers(folder: Path, url: str) -> list[str]:
    """Remove the containers and volumes of a project's tasks; return a line for each."""
    labels = {PROJECT_LABEL: project_mark(folder)}
    engine = Engine(url)
    swept = []
    try:
        left = await engine.containers(labels)
        await engine.remove_all(left, CONTAINER_LABEL)
        for each in left:
            name = each.labels.get(CONTAINER_LABEL, "network")
            swept.append(f"container {name} of task {each.labels[TASK_LABEL]}: removed")
        for volume in await engine.volumes(labels):
            await engine.remove_volume(volume)
            swept.append(f"volume {volume}: removed")
    finally:
        await engine.close()
    folders = TaskFolders(folder, "containers")
    for record in tuple(folders.read()):
        folders.remove(record.spec.task_id)
    return swept
