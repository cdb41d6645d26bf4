"""Tasks as processes: the local command of each image, on free loopback ports.

The network of a task is the machine's own, and nothing holds a process to its share of CPU and memory;
``docs/fidelity/runtime.md`` lists what containers do and processes cannot.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from hatoba.runtime.environment import CONTAINER_MARK, PROJECT_MARK, TASK_MARK, process_environment
from hatoba.runtime.model import ProcessRecord, TaskRecord
from hatoba.runtime.notify import file_news
from hatoba.runtime.processes import Process, ProcessId, kill, marked, measure
from hatoba.runtime.protocol import (
    EXECUTED_OUTPUT_LIMIT,
    Address,
    CannotCreateVolume,
    CannotExecute,
    CannotPull,
    CannotStart,
    ContainerSpec,
    Executed,
    FoundContainer,
    FoundTask,
    Image,
    LocalCommand,
    Usage,
)
from hatoba.runtime.records import TaskFolders, project_mark
from hatoba.runtime.tail import OutputTail
from hatoba.runtime.terminal import ProcessTerminal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from hatoba.runtime.commands import LocalCommands
    from hatoba.runtime.notify import FileNews
    from hatoba.runtime.ports import Reservation
    from hatoba.runtime.protocol import Listener, Reach, TaskSpec, Terminal

_log = logging.getLogger(__name__)

NOT_FOUND_EXIT = 127
NOT_EXECUTABLE_EXIT = 126


class _Running:
    """A container's process with who reads its output and waits for its end."""

    def __init__(self, process: Process, tail: OutputTail) -> None:
        self.process = process
        self.tail = tail
        self.watcher: asyncio.Task[None] | None = None
        self.ended = asyncio.Event()


class _Task:
    def __init__(
        self, record: TaskRecord, listener: Listener, reservation: Reservation | None = None
    ) -> None:
        self.record = record
        self.listener = listener
        self.reservation = reservation
        self.running: dict[str, _Running] = {}
        self.is_taken_back = False

    def release_ports(self) -> None:
        if self.reservation is not None:
            self.reservation.release()

    def container(self, name: str) -> ContainerSpec:
        return next(spec for spec in self.record.spec.containers if spec.name == name)


class ProcessRuntime:
    """Runs each container as the process of its image's local command; see :class:`Runtime`."""

    kind = "process"
    reach: Reach = "loopback"

    def __init__(
        self, folder: Path, commands: LocalCommands, *, now: Callable[[], float] = time.time
    ) -> None:
        """Keep records and output under ``folder``, the project's ``.hatoba``."""
        self._project = project_mark(folder)
        self._folders = TaskFolders(folder)
        self._commands = commands
        self._now = now
        self._tasks: dict[str, _Task] = {}
        self._news: FileNews | None = None
        self._executions = 0

    async def can_run(self, image: str) -> str | None:
        """Return None when the image has a local command."""
        if self._commands.find(image) is not None:
            return None
        return f"no local command stands in for {image}"

    async def pull(self, image: str) -> Image:
        """Return the image if it has a local command; a process needs nothing of the image itself."""
        reason = await self.can_run(image)
        if reason is not None:
            raise CannotPull(f"{reason}; give its service a local command, or start a container engine")
        return Image(image)

    async def prepare(self, task: TaskSpec, listener: Listener) -> tuple[Address, ...]:
        """Reserve a free loopback port for each container port."""
        record, reservation = self._folders.begin(task)
        self._tasks[task.task_id] = _Task(record, listener, reservation)
        return record.addresses

    async def start(self, task_id: str, container: str) -> str:
        """Start the image's local command; the id returned is the process's number."""
        task = self._tasks[task_id]
        spec = task.container(container)
        command = self._commands.find(spec.image)
        if command is None:
            raise CannotStart(
                f"no local command stands in for {spec.image} any more; deploy the system again"
            )
        self._make_volumes(task_id, spec)
        task.release_ports()
        output = self._folders.output(task_id, container)
        process = self._spawn(task, spec, command, output)
        try:
            running = self._follow(task, container, process)
        except OSError as error:
            process.signal(signal.SIGKILL)
            raise CannotStart(f"the output of {container} cannot be followed: {error}") from error
        self._note(task, container, ProcessRecord(process.identity.pid, process.identity.created))
        self._watch(task, container, running)
        return str(process.identity.pid)

    def _spawn(self, task: _Task, spec: ContainerSpec, command: LocalCommand, output: Path) -> Process:
        directory = Path(command.directory)
        if not directory.is_dir():
            raise CannotStart(f"the local command of {spec.image} runs in {directory}, which is no folder")
        words = spec.command if spec.is_overridden and spec.command else command.command
        try:
            return Process.start(
                words,
                directory=directory,
                environment=self._environment(task, spec, command),
                output=output,
            )
        except OSError as error:
            raise CannotStart(
                f"the local command of {spec.image}, {' '.join(words)!r} in {directory},"
                f" cannot be executed: {error.strerror or error}."
                " Check that its first word is a program on PATH or in that folder, and executable"
            ) from error

    def _make_volumes(self, task_id: str, spec: ContainerSpec) -> None:
        for mount in spec.mounts:
            folder = self._folders.volume(task_id, mount.volume)
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise CannotCreateVolume(
                    f"the volume {mount.volume} cannot be made in {folder}: {error.strerror or error}"
                ) from error

    def _environment(self, task: _Task, spec: ContainerSpec, command: LocalCommand) -> dict[str, str]:
        task_id = task.record.spec.task_id
        volumes = {mount.volume: self._folders.volume(task_id, mount.volume) for mount in spec.mounts}
        return process_environment(
            spec,
            command,
            addresses=task.record.addresses,
            volumes=volumes,
            marks=self._marks(task_id) | {CONTAINER_MARK: spec.name},
            inherited=os.environ,
        )

    async def execute(
        self, task_id: str, container: str, command: Sequence[str], *, timeout_s: float
    ) -> Executed:
        """Run a command beside the container's process, in its folder and with its environment."""
        task, spec, local = self._place(task_id, container)
        self._executions += 1
        output = self._folders.output(task_id, container).with_suffix(f".exec-{self._executions}")
        try:
            process = Process.start(
                command,
                directory=Path(local.directory),
                environment=self._environment(task, spec, local),
                output=output,
            )
            exit_code = await process.within(timeout_s)
            with output.open("rb") as file:
                return Executed(exit_code, file.read(EXECUTED_OUTPUT_LIMIT).decode(errors="replace"))
        except FileNotFoundError as error:
            return Executed(NOT_FOUND_EXIT, f"{command[0]}: {error.strerror}")
        except PermissionError as error:
            return Executed(NOT_EXECUTABLE_EXIT, f"{command[0]}: {error.strerror}")
        except TimeoutError:
            raise
        except OSError as error:
            raise CannotExecute(f"{command[0]}: {error.strerror or error}") from error
        finally:
            output.unlink(missing_ok=True)

    def _place(self, task_id: str, container: str) -> tuple[_Task, ContainerSpec, LocalCommand]:
        task = self._tasks.get(task_id)
        if task is None or container not in task.running:
            raise CannotExecute(f"container {container} of task {task_id} does not run")
        spec = task.container(container)
        local = self._commands.find(spec.image)
        if local is None:
            raise CannotExecute(
                f"no local command stands in for {spec.image} any more: its folder is unknown"
            )
        return task, spec, local

    async def terminal(self, task_id: str, container: str, command: Sequence[str]) -> Terminal:
        """Run a command beside the container's process, as you, on a terminal."""
        task, spec, local = self._place(task_id, container)
        return await ProcessTerminal.open(
            command, directory=local.directory, environment=self._environment(task, spec, local)
        )

    def leaves_out(self, task: TaskSpec) -> tuple[str, ...]:
        """Return what only a container can have."""
        return tuple(dict.fromkeys(words for each in task.containers for words in _left_out(each)))

    async def usage(self, task_id: str, container: str) -> Usage | None:
        """Measure the process and its children. Nothing limits their memory."""
        task = self._tasks.get(task_id)
        running = task.running.get(container) if task else None
        if running is None:
            return None
        found = await asyncio.to_thread(measure, running.process.identity.pid)
        if found is None:
            return None
        return Usage(
            at=self._now(),
            cpu_ns=found.cpu_ns,
            system_cpu_ns=found.system_cpu_ns,
            cpus=os.cpu_count() or 1,
            memory_bytes=found.memory_bytes,
            memory_limit_bytes=None,
            processes=found.processes,
        )

    async def written_bytes(self, task_id: str) -> int | None:
        """Return nothing: a process writes to this machine's disk, wherever it likes."""
        del task_id
        return None

    async def stop(self, task_id: str, container: str, *, timeout_s: float) -> None:
        """Send SIGTERM to the process and its children, after ``timeout_s`` SIGKILL."""
        task = self._tasks.get(task_id)
        running = task.running.get(container) if task else None
        if running is None:
            return
        running.process.signal(signal.SIGTERM if timeout_s > 0 else signal.SIGKILL)
        try:
            async with asyncio.timeout(timeout_s):
                await running.ended.wait()
        except TimeoutError:
            running.process.signal(signal.SIGKILL)
            await running.ended.wait()

    async def remove(self, task_id: str) -> None:
        """Kill what still runs, wherever it hid, and remove the task's folder."""
        task = self._tasks.get(task_id)
        if task is not None:
            for container in tuple(task.running):
                await self.stop(task_id, container, timeout_s=0)
            task.release_ports()
        if self._folders.of(task_id).exists():
            kill(await asyncio.to_thread(marked, self._marks(task_id)))
            await asyncio.to_thread(self._folders.remove, task_id)
        self._tasks.pop(task_id, None)

    async def found(self, listener: Listener) -> tuple[FoundTask, ...]:
        """Take back the processes that run on; deliver what ended ones still had to say."""
        if self._folders.are_empty():
            return ()
        for record in tuple(self._folders.read()):
            if record.spec.task_id not in self._tasks:
                await self._take_back(record, listener)
        await self._kill_unrecorded()
        return tuple(_found(task) for task in self._tasks.values() if task.is_taken_back)

    async def _take_back(self, record: TaskRecord, listener: Listener) -> None:
        task = _Task(record, listener)
        task.is_taken_back = True
        task_id = record.spec.task_id
        self._tasks[task_id] = task
        for name, last in record.processes.items():
            if not last.running:
                continue
            marks = self._marks(task_id) | {CONTAINER_MARK: name}
            process = Process.adopt(ProcessId(last.pid, last.created), marks)
            if process is not None:
                self._watch(task, name, self._follow(task, name, process))
            else:
                await self._tail(task, name).finish()
                self._note(task, name, replace(last, running=False))

    async def _kill_unrecorded(self) -> None:
        """End what a cloud started in the moment before it was killed, too late to write it down."""
        pids = await asyncio.to_thread(marked, {PROJECT_MARK: self._project})
        kill(pid for pid, environment in pids.items() if not self._knows(environment))

    def _knows(self, environment: Mapping[str, str]) -> bool:
        task = self._tasks.get(environment.get(TASK_MARK, ""))
        return task is not None and environment.get(CONTAINER_MARK) in task.running

    async def close(self) -> None:
        """Stop reading and waiting; the processes run on."""
        watchers = []
        for task in self._tasks.values():
            for running in task.running.values():
                running.tail.close()
                running.process.let_go()
                if running.watcher is not None:
                    running.watcher.cancel()
                    watchers.append(running.watcher)
            task.release_ports()
        await asyncio.gather(*watchers, return_exceptions=True)
        self._tasks.clear()
        if self._news is not None:
            self._news.close()
            self._news = None

    def _marks(self, task_id: str) -> dict[str, str]:
        return {PROJECT_MARK: self._project, TASK_MARK: task_id}

    def _tail(self, task: _Task, container: str) -> OutputTail:
        if self._news is None:
            self._news = file_news()
        task_id = task.record.spec.task_id

        def deliver(lines: list[tuple[float, str]]) -> None:
            try:
                task.listener.output(task_id, container, lines)
            except Exception:  # noqa: BLE001 - the reader's outer edge: what follows must be read too
                _log.exception("%s/%s: %d lines were not taken", task_id, container, len(lines))

        return OutputTail(self._folders.output(task_id, container), self._news, deliver, self._now)

    def _follow(self, task: _Task, container: str, process: Process) -> _Running:
        running = _Running(process, self._tail(task, container))
        task.running[container] = running
        return running

    def _watch(self, task: _Task, container: str, running: _Running) -> None:
        running.watcher = asyncio.create_task(
            self._until_end(task, container, running), name=f"{task.record.spec.task_id}/{container}"
        )

    async def _until_end(self, task: _Task, container: str, running: _Running) -> None:
        exit_code = await running.process.ended()
        await running.tail.finish()
        identity = running.process.identity
        self._note(
            task, container, ProcessRecord(identity.pid, identity.created, running=False, exit_code=exit_code)
        )
        del task.running[container]
        try:
            task.listener.exited(task.record.spec.task_id, container, exit_code, None)
        finally:
            running.ended.set()

    def _note(self, task: _Task, container: str, process: ProcessRecord) -> None:
        task.record = task.record.with_process(container, process)
        try:
            self._folders.write(task.record)
        except OSError as error:
            # A full disk: the task goes on, but the next cloud will know less of it.
            _log.warning("%s: its record was not written: %s", task.record.spec.task_id, error)


def _found(task: _Task) -> FoundTask:
    containers = tuple(
        FoundContainer(name, str(last.pid), last.running, last.exit_code)
        for name, last in task.record.processes.items()
    )
    return FoundTask(task.record.spec.task_id, task.record.addresses, containers)


def _left_out(container: ContainerSpec) -> tuple[str, ...]:
    asked = {
        "user": container.user,
        "workingDirectory": container.working_directory,
        "readonlyRootFilesystem": container.read_only_root,
        "ulimits": container.ulimits,
        "initProcessEnabled": container.init_process,
        "capabilities": container.capabilities_added or container.capabilities_dropped,
        "tmpfs": container.in_memory,
        "interactive": container.keeps_input_open,
        "pseudoTerminal": container.has_terminal,
        "systemControls": container.kernel_parameters,
    }
    return tuple(name for name, value in asked.items() if value)
