"""All runtimes of this machine, and which one runs a task."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from hatoba.runtime.commands import LocalCommands
from hatoba.runtime.process import ProcessRuntime
from hatoba.runtime.protocol import CannotPull, Choice, Found
from hatoba.runtime.records import TaskFolders
from hatoba.runtime.sockets import find_engine
from hatoba.runtime.sweep import sweep

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from hatoba.runtime.protocol import Admit, Image, Listener, Runtime
    from hatoba.runtime.simulated import SimulatedRuntime
    from hatoba.runtime.sockets import EngineAddress

__all__ = ["MODES", "LocalCommands", "MachineRuntimes", "sweep"]

MODES = ("auto", "process", "container", "simulated")

# An image that could not be had is not asked for again so soon where a local command stands in for it.
REMEMBER_REFUSAL_S = 60.0
_NO_LIMITS = "a process's CPU and memory are not limited"


class MachineRuntimes:
    """Chooses by what is there: see :class:`hatoba.runtime.protocol.Runtimes`."""

    def __init__(
        self,
        folder: Path,
        mode: str,
        commands: LocalCommands,
        *,
        find: Callable[[], EngineAddress] = find_engine,
        simulated: SimulatedRuntime | None = None,
    ) -> None:
        """Make the runtimes of one project.

        Args:
            folder: The project's ``.hatoba``.
            mode: ``auto`` prefers containers; the others allow one kind only.
            commands: What stands in for images; may change at any time.
            find: Looks for the engine; called whenever one is needed and none was found yet.
            simulated: The runtime for ``simulated``; a plain one where None.

        Raises:
            ValueError: There is no such mode.
        """
        if mode not in MODES:
            raise ValueError(f"{mode!r} is no runtime; choose one of {', '.join(MODES)}")
        self._folder = folder
        self._mode = mode
        self._find = find
        self._simulated = simulated
        self.admit: Admit | None = None
        """Who may reach whom among tasks of containers; to be given before the first of them."""
        self._processes = ProcessRuntime(folder, commands)
        self._containers: Runtime | None = None
        self._refused: dict[str, tuple[float, str]] = {}

    async def choose(self, images: Sequence[str]) -> Choice:
        """Pull the images of one task and return the runtime that can run them all."""
        if self._mode == "simulated":
            runtime = self._the_simulated()
            return Choice(
                runtime,
                await _pull(runtime, images),
                "simulated: the cloud was started with --runtime simulated",
            )
        if self._mode == "process":
            return await self._as_processes(images, "the cloud was started with --runtime process")
        why_no_container = self._refusal(images)
        if why_no_container is None:
            try:
                return await self._as_containers(images)
            except CannotPull as error:
                why_no_container = str(error)
                self._remember(images, why_no_container)
        if self._mode == "container":
            raise CannotPull(f"{why_no_container} (the cloud was started with --runtime container)")
        return await self._as_processes(images, why_no_container)

    async def _as_containers(self, images: Sequence[str]) -> Choice:
        engine = self._engine()
        if isinstance(engine, str):
            raise CannotPull(f"no container engine is reachable ({engine})")
        return Choice(
            engine,
            await _pull(engine, images),
            "as containers: a container engine is reachable and has the image",
        )

    async def _as_processes(self, images: Sequence[str], why_no_container: str) -> Choice:
        missing = [image for image in images if await self._processes.can_run(image) is not None]
        if missing:
            raise CannotPull(
                f"{why_no_container}; and no local command stands in for {', '.join(missing)}."
                " Start Docker or Podman with the image at hand, or give the service a local command"
            )
        pulled = await _pull(self._processes, images)
        return Choice(self._processes, pulled, f"as processes: {why_no_container}; {_NO_LIMITS}")

    def by_kind(self, kind: str) -> Runtime | None:
        """Return the runtime that a task was started with; None where it is not there now."""
        if kind == "process":
            return self._processes
        if kind == "simulated":
            return self._the_simulated()
        engine = self._engine()
        return None if isinstance(engine, str) else engine

    async def found(self, listener: Listener) -> Found:
        """Return what an earlier cloud left, whatever the mode is now."""
        tasks = [(self._processes.kind, task) for task in await self._processes.found(listener)]
        if TaskFolders(self._folder, "containers").are_empty():
            return Found(tuple(tasks))
        engine, unseen = self._engine(), ""
        if isinstance(engine, str):
            unseen = engine
        else:
            try:
                tasks += [(engine.kind, task) for task in await engine.found(listener)]
            except Exception as error:  # noqa: BLE001 - whatever keeps them from view, the others are seen
                unseen = str(error)
        return Found(tuple(tasks), unseen and f"the containers of an earlier run cannot be seen: {unseen}")

    async def close(self) -> None:
        """Close every runtime. Running tasks run on."""
        for runtime in (self._processes, self._containers, self._simulated):
            if runtime is not None:
                await runtime.close()

    def _engine(self) -> Runtime | str:
        """Return the container runtime, or why there is none."""
        if self._containers is None:
            address = self._find()
            if address.url is None:
                return address.problem
            # aiohttp and aiodocker cost 200 ms: only where an engine is reachable.
            from hatoba.runtime.containers import ContainerRuntime

            self._containers = ContainerRuntime(self._folder, address.url, admit=self.admit)
        return self._containers

    def _the_simulated(self) -> SimulatedRuntime:
        if self._simulated is None:
            from hatoba.runtime.simulated import SimulatedRuntime

            self._simulated = SimulatedRuntime()
        return self._simulated

    def _refusal(self, images: Sequence[str]) -> str | None:
        now = time.monotonic()
        for image in images:
            until, reason = self._refused.get(image, (0.0, ""))
            if now < until:
                return reason
        return None

    def _remember(self, images: Sequence[str], reason: str) -> None:
        if self._containers is not None and self._mode == "auto":
            until = time.monotonic() + REMEMBER_REFUSAL_S
            self._refused |= dict.fromkeys(images, (until, reason))


async def _pull(runtime: Runtime, images: Sequence[str]) -> dict[str, Image]:
    wanted = tuple(dict.fromkeys(images))
    pulled = await asyncio.gather(*(runtime.pull(image) for image in wanted))
    return dict(zip(wanted, pulled, strict=True))
