"""The gateway process from its owner's side: started, taken back, started again, drained.

::

    start ─→ run file? ─→ alive, same generation, knows the token ─→ taken back
                └──────→ otherwise ended, and a new one spawned
    lost link ─→ the process is ended if it still runs ─→ spawned again ─→ the last snapshot served

The process is a session of its own: no signal for the cloud or its terminal reaches it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import subprocess
import sys
from typing import TYPE_CHECKING

from hatoba.gateway import runfile
from hatoba.gateway.ending import end, sweep, wait_for_end
from hatoba.gateway.link import Link, LinkLost
from hatoba.gateway.messages import GENERATION
from hatoba.gateway.protocol import GatewayError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from hatoba.gateway.messages import Counted
    from hatoba.gateway.protocol import OnLines
    from hatoba.gateway.records import Story
    from hatoba.gateway.runfile import RunFile
    from hatoba.gateway.snapshot import Snapshot

__all__ = ["GatewayProcess", "sweep"]

READY_S = 10.0
PUSH_S = 15.0
RECALL_S = 10.0
DRAIN_S = 15.0
FIRST_PAUSE_S = 0.05
LONGEST_PAUSE_S = 5.0

_log = logging.getLogger(__name__)


class GatewayProcess:
    """Implements :class:`hatoba.gateway.protocol.Gateway` by a process of its own.

    Args:
        folder: The cloud's folder; ``run/`` in it holds the run file and the process's log.
        on_lines: Gets the access-log lines.
        worker: Which one it is of ``workers`` that share the ports, counted from 0.
        workers: How many.
    """

    def __init__(self, folder: Path, on_lines: OnLines, worker: int = 0, workers: int = 1) -> None:
        self._folder = folder
        self._on_lines = on_lines
        self._worker = worker
        self._workers = workers
        self._link: Link | None = None
        self._is_linked = asyncio.Event()
        self._child: subprocess.Popen[bytes] | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._served: Snapshot | None = None
        self._pushing = asyncio.Lock()

    @property
    def pid(self) -> int | None:
        """The process's id, if there is a process."""
        content = runfile.read(self._folder, self._worker)
        return None if content is None else content.pid

    @property
    def ports(self) -> frozenset[int]:
        """Where the process listened when it was linked last."""
        return frozenset() if self._link is None else frozenset(self._link.ports)

    async def start(self) -> None:
        """Take back the running process, or start one; from now on keep it running.

        Raises:
            GatewayError: It cannot be started; the text says where its log is.
        """
        if self._keeper is not None:
            return
        path = runfile.path_in(self._folder, self._worker)
        path.parent.mkdir(parents=True, exist_ok=True)
        await self._connect()
        self._keeper = asyncio.get_running_loop().create_task(self._keep())

    async def push(self, snapshot: Snapshot) -> None:
        """Serve this snapshot; see :meth:`hatoba.gateway.protocol.Gateway.push`."""
        if self._keeper is None:
            raise GatewayError("the gateway is not started; start it before pushing a snapshot")
        async with self._pushing:
            if self._served is not None and snapshot.version < self._served.version:
                return
            try:
                async with asyncio.timeout(PUSH_S):
                    await self._push_until_heard(snapshot)
            except TimeoutError:
                log = runfile.log_path_in(self._folder, self._worker)
                raise GatewayError(f"the gateway did not answer within {PUSH_S:.0f} s; see {log}") from None
            self._served = snapshot

    async def _push_until_heard(self, snapshot: Snapshot) -> None:
        while True:
            await self._is_linked.wait()
            assert self._link is not None
            try:
                await self._link.serve(snapshot)
            except LinkLost:
                await asyncio.sleep(0)  # the keeper notices and links again
            else:
                return

    async def stories(
        self, request_id: str | None = None, after: float = 0.0, limit: int = 100
    ) -> Sequence[Story]:
        """Tell what became of requests; see :meth:`hatoba.gateway.protocol.Remembering.stories`."""
        if self._link is None:
            return ()
        try:
            async with asyncio.timeout(RECALL_S):
                return await self._link.recall(request_id, after, limit)
        except (LinkLost, TimeoutError):
            return ()  # what it remembered died with it

    async def requests(self) -> Mapping[str, int]:
        """Count requests by target group; see :meth:`hatoba.gateway.protocol.Counting.requests`."""
        counted = await self._count()
        return {} if counted is None else counted.requests

    async def in_flight(self) -> Mapping[str, int]:
        """Count running requests; see :meth:`hatoba.gateway.protocol.Counting.in_flight`."""
        counted = await self._count()
        return {} if counted is None else counted.in_flight

    async def _count(self) -> Counted | None:
        if self._link is None:
            return None
        try:
            async with asyncio.timeout(RECALL_S):
                return await self._link.count()
        except (LinkLost, TimeoutError):
            return None  # what it counted died with it

    async def stop(self) -> None:
        """Drain and end the process; see :meth:`hatoba.gateway.protocol.Gateway.stop`."""
        keeper, self._keeper = self._keeper, None
        if keeper is not None:
            keeper.cancel()
            await asyncio.gather(keeper, return_exceptions=True)
        content = runfile.read(self._folder, self._worker)
        link, self._link = self._link, None
        self._is_linked.clear()
        if link is not None and not link.lost.is_set():
            link.drain()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(link.lost.wait(), DRAIN_S)
            link.close()
        child, self._child = self._child, None
        if content is not None and (keeper is not None or (child is not None and child.pid == content.pid)):
            await end(self._folder, content, child, after_s=2.0)
        if child is not None and child.poll() is None:  # it was still starting
            child.kill()
            await wait_for_end(child)

    async def _keep(self) -> None:
        """Link again whenever the link is lost."""
        pause_s = FIRST_PAUSE_S
        while True:
            assert self._link is not None
            await self._link.lost.wait()
            self._is_linked.clear()
            try:
                await self._reconnect()
                pause_s = FIRST_PAUSE_S
            except GatewayError as error:
                _log.error("the gateway: %s; next try in %.2f s", error, pause_s)
                await asyncio.sleep(pause_s)
                pause_s = min(pause_s * 2, LONGEST_PAUSE_S)

    async def _reconnect(self) -> None:
        _log.warning("the gateway process is gone; it is started again with the last snapshot")
        await self._connect(set_linked=False)
        assert self._link is not None
        if self._served is not None:
            try:
                await self._link.serve(self._served)
            except LinkLost as error:
                raise GatewayError(str(error)) from error
            except GatewayError:
                self._link.close()
                raise
        self._is_linked.set()

    async def _connect(self, *, set_linked: bool = True) -> None:
        self._link = await self._take_back() or await self._spawn()
        if set_linked:
            self._is_linked.set()

    async def _take_back(self) -> Link | None:
        content = runfile.read(self._folder, self._worker)
        if content is None:
            return None
        is_fit = content.generation == GENERATION and content.workers == self._workers
        if is_fit and runfile.is_alive(content):
            try:
                return await self._open(content)
            except LinkLost as error:
                _log.warning("gateway process %d is not taken back: %s", content.pid, error)
        await end(self._folder, content, self._child)
        self._child = None
        return None

    async def _open(self, content: RunFile) -> Link:
        return await Link.open(content.port, content.token, self._on_lines)

    async def _spawn(self) -> Link:
        log = runfile.log_path_in(self._folder, self._worker)
        try:
            self._child = self._popen(log)
        except OSError as error:
            raise GatewayError(f"the gateway process could not be started: {error}; see {log}") from error
        try:
            return await self._open(await self._until_ready(self._child))
        except (GatewayError, LinkLost) as error:
            self._child.kill()
            await wait_for_end(self._child)
            raise GatewayError(f"the gateway process could not be started: {error}; see {log}") from error

    def _popen(self, log: Path) -> subprocess.Popen[bytes]:
        """Spawn. Not by the event loop, which would kill its children when it closes."""
        with log.open("ab") as stderr:
            return subprocess.Popen(
                [
                    *(sys.executable, "-P", "-m", "hatoba.gateway", str(self._folder)),
                    *(str(self._worker), str(self._workers)),
                ],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=stderr,
                start_new_session=True,
            )

    async def _until_ready(self, child: subprocess.Popen[bytes]) -> RunFile:
        assert child.stdout is not None
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(READY_S):
                line = await loop.run_in_executor(None, child.stdout.readline)
        except TimeoutError:
            child.kill()  # which ends the reading, too
            raise GatewayError(f"it was not ready within {READY_S:.0f} s") from None
        finally:
            child.stdout.close()
        content = runfile.read(self._folder, self._worker)
        if line != b"ready\n" or content is None or content.pid != child.pid:
            raise GatewayError("it ended while starting")
        return content
