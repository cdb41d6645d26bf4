"""What stands around a task's containers in the engine: volumes, the network they share, its doors."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from msgspec.structs import replace

from hatoba.runtime.container_config import helper_config, pause_config, shared_network
from hatoba.runtime.doors import ClosedDoor, OpenDoors, nameservers, way_in
from hatoba.runtime.engine import EngineError
from hatoba.runtime.pause import IMAGE as PAUSE_IMAGE
from hatoba.runtime.pause import pause_image
from hatoba.runtime.ports import at_home, is_of_this_machine
from hatoba.runtime.protocol import DoorsClosed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hatoba.runtime.container_task import ContainerTask
    from hatoba.runtime.doors import Way
    from hatoba.runtime.engine import Engine
    from hatoba.runtime.records import TaskFolders

_log = logging.getLogger(__name__)


class Surroundings:
    """Makes them for each task of one engine.

    Args:
        folders: Where a task's addresses are written down, once they are known.
        url: Where the engine listens.
        way: How its networks are entered; None: as can be done here.
    """

    def __init__(self, folders: TaskFolders, url: str, way: Way | None) -> None:
        self._folders = folders
        self._way = way_in(url) if way is None else way
        self.closed_door = "its engine is not on this Linux" if self._way == "none" else ""
        """Why no doors are opened; empty while they are."""

    async def make(self, engine: Engine, task: ContainerTask) -> None:
        """Make a task's volumes and, for several containers or for doors, its network.

        Raises:
            DoorsClosed: Its network cannot be entered.
            EngineError: The engine refused something.
            UnknownMachine: What holds a network cannot be made for this machine.
        """
        spec = task.record.spec
        for volume in dict.fromkeys(mount.volume for each in spec.containers for mount in each.mounts):
            await engine.create_volume(task.names.volume(volume), task.names.labels())
        if len(spec.containers) == 1 and not spec.doors:
            return
        if await engine.image(PAUSE_IMAGE) is None:
            await engine.load(pause_image(await engine.architecture()))
        servers = (*spec.nameservers, *nameservers()) if spec.nameservers else ()
        config = pause_config(PAUSE_IMAGE, task.names, task.network, servers)
        holder = await engine.create(task.names.container("network"), config)
        task.release_ports()
        await engine.start(holder)
        task.network = shared_network(holder)
        if spec.doors:
            await self._open_doors(engine, task, holder)

    async def _open_doors(self, engine: Engine, task: ContainerTask, holder: str) -> None:
        """Let the task reach this machine; and reach the task where it is, if it has an address here."""
        place = await engine.place(holder)
        if place.address and is_of_this_machine(place.gateway):
            task.record = replace(task.record, addresses=at_home(task.record.addresses, place.address))
            self._folders.write(task.record)
        try:
            await self._open(engine, task, holder, place.pid)
        except ClosedDoor as error:
            _log.warning("containers do not reach this cloud: %s", error)
            self.closed_door = str(error)
            raise DoorsClosed(f"the task's network cannot be entered: {error}") from error

    async def _open(self, engine: Engine, task: ContainerTask, holder: str, pid: int) -> None:
        async def run(words: Sequence[str], folders: Sequence[str]) -> str:
            network = shared_network(holder)
            config = helper_config(PAUSE_IMAGE, task.names, network, words, folders)
            try:
                return await engine.run(task.names.container("doors"), config)
            except EngineError as error:
                return str(error)

        by_engine = run if self._way == "by the engine" else None
        task.doors = await OpenDoors.open(pid, task.record.spec.doors, by_engine)

    async def open_again(self, engine: Engine, task: ContainerTask, holder: str) -> None:
        """Open the doors of a task of an earlier cloud, as far as that can be done."""
        try:
            place = await engine.place(holder)
            if place.pid and task.record.spec.doors:
                await self._open(engine, task, holder, place.pid)
        except (ClosedDoor, EngineError) as error:
            _log.warning("%s: it reaches this cloud no more: %s", task.record.spec.task_id, error)
