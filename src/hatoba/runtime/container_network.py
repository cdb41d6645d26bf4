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
from hatoba.runtime.protocol import CannotCreateVolume, DoorsClosed
from hatoba.runtime.wall import Site, Wall, free_port, why_no_wall

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from hatoba.runtime.container_task import ContainerTask
    from hatoba.runtime.doors import Way
    from hatoba.runtime.engine import Engine, Place
    from hatoba.runtime.records import TaskFolders

    Judge = Callable[[str, str, int], Awaitable[bool]]

_log = logging.getLogger(__name__)


class Surroundings:
    """Makes them for each task of one engine.

    Args:
        folders: Where a task's addresses are written down, once they are known.
        url: Where the engine listens.
        way: How its networks are entered; None: as can be done here.
        judge: Says whether who has an address may reach a port of a task; None: no walls are built.
    """

    def __init__(self, folders: TaskFolders, url: str, way: Way | None, judge: Judge | None = None) -> None:
        self._folders = folders
        self._judge = judge
        self.no_wall = why_no_wall(url) if judge is not None else None
        """Why no task of this engine can be held apart; None where they can, or need not be."""
        self._way = way_in(url) if way is None else way
        self.closed_door = "its engine is not on this Linux" if self._way == "none" else ""
        """Why no doors are opened; empty while they are."""

    async def make(self, engine: Engine, task: ContainerTask) -> None:
        """Make a task's volumes and, for several containers or for doors, its network.

        Raises:
            CannotCreateVolume: The engine refused a volume.
            DoorsClosed: Its network cannot be entered.
            EngineError: The engine refused something else.
            UnknownMachine: What holds a network cannot be made for this machine.
        """
        spec = task.record.spec
        for volume in dict.fromkeys(mount.volume for each in spec.containers for mount in each.mounts):
            try:
                await engine.create_volume(task.names.volume(volume), task.names.labels())
            except EngineError as error:
                raise CannotCreateVolume(
                    f"the container engine did not make the volume {volume}: {error}"
                ) from error
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
        task.address = place.address
        if self._judge is not None and self.no_wall is None:
            await self._build_wall(task, place)
        try:
            await self._open(engine, task, holder, place.pid)
        except ClosedDoor as error:
            _log.warning("containers do not reach this cloud: %s", error)
            self.closed_door = str(error)
            raise DoorsClosed(f"the task's network cannot be entered: {error}") from error

    async def _build_wall(self, task: ContainerTask, place: Place) -> None:
        """Build the wall around a task, at the same port as before where it had one."""
        spec, judge = task.record.spec, self._judge
        ours = {door.port for door in spec.doors}
        theirs = {port.container_port for each in spec.containers for port in each.ports}
        port = task.record.wall or free_port(ours | theirs)

        async def admit(address: str, wanted: int) -> bool:
            return judge is None or await judge(address, spec.task_id, wanted)

        if not is_of_this_machine(place.gateway):
            task.no_wall = "the gateway of its network is not this machine"
            return
        try:
            task.wall = await Wall.build(Site(place.pid, place.address, place.gateway, port), admit)
        except ClosedDoor as error:
            task.no_wall = str(error)
            _log.warning("task %s is not held apart by security groups: %s", spec.task_id, error)
            return
        task.record = replace(task.record, wall=port)
        self._folders.write(task.record)

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
        """Open the doors of a task of an earlier cloud, as far as that can be done; build its wall, too.

        A wall that stood stands again, whatever is wanted now: its rule still turns callers to it.
        """
        try:
            place = await engine.place(holder)
            task.address = place.address
            has_one, needs_one = task.record.wall is not None, self._judge is not None
            if place.pid and task.record.spec.doors and (has_one or (needs_one and self.no_wall is None)):
                await self._build_wall(task, place)
            if place.pid and task.record.spec.doors:
                await self._open(engine, task, holder, place.pid)
        except (ClosedDoor, EngineError) as error:
            _log.warning("%s: it reaches this cloud no more: %s", task.record.spec.task_id, error)
