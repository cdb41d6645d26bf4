"""The neighbours as the rest of the cloud sees them: one thread, started by the first call."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

from hatoba.cloud.neighbours.companions import Companions
from hatoba.cloud.neighbours.gathering import containers, network
from hatoba.cloud.neighbours.guard import check_allowed
from hatoba.cloud.neighbours.model import Brought, Changed
from hatoba.cloud.neighbours.reading import only_reads, service_called
from hatoba.cloud.neighbours.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from hatoba.cloud.neighbours.model import Kept
    from hatoba.cloud.neighbours.work import Work
    from hatoba.cloud.state import Scope
    from hatoba.cloud.wire import Call
    from hatoba.cloud.wire.http import HttpRequest, HttpResponse
    from hatoba.cloud.world import Companion, HostedZones, UserPools, World

T = TypeVar("T")

_LOAD_BALANCING = frozenset({"elasticloadbalancing", "elbv2"})
_SCALING = "application-autoscaling"


class Neighbours:
    """Answers for every service that is not ours; see :class:`hatoba.cloud.wire.doors.Neighbourhood`.

    Args:
        world: What every service is given.
        pools: The local issuer, which is told of the user pools that stand in Cognito.
        zones: Whose hosted zones Route 53 shows.
        companions: Who acts on what stands in a neighbour.
    """

    def __init__(
        self,
        world: World,
        pools: UserPools | None = None,
        zones: HostedZones | None = None,
        companions: Sequence[Companion] = (),
    ) -> None:
        self._world = world
        self._companions = Companions(world, companions)
        self._pools = pools
        self._zones = zones
        self._store = Store(world.state)
        self._worker: ThreadPoolExecutor | None = None
        self._work: Work | None = None
        self._calls: set[asyncio.Task[Any]] = set()

    async def answer(self, request: HttpRequest, service: str, scope: Scope) -> HttpResponse:
        """Answer an HTTP request for a service by its signing name, in the scope's account.

        Raises:
            ServiceError: There is no such service or operation; always a 4xx.
        """
        answered = await self._companions.answer(request, service, scope)
        if answered is not None:
            return answered
        reads = only_reads(request)
        brought = await self._brought(service_called(request, service), scope, reads=reads)
        check_allowed(request, brought)
        return await self._to_its_end(lambda work: work.answer(request, service, brought), reads=reads)

    async def invoke(self, call: Call, params: Mapping[str, Any]) -> dict[str, Any]:
        """Run an operation for a part of the cloud; see :data:`hatoba.cloud.wire.dispatch.Elsewhere`.

        Raises:
            ServiceError: As the service raises it, or because there is none.
        """
        answered = await self._companions.invoke(call, params)
        if answered is not None:
            return dict(answered)
        reads = call.operation.startswith(("Get", "List", "Describe", "Head"))
        brought = await self._brought(call.service, call.scope, reads=reads)
        return await self._to_its_end(lambda work: work.invoke(call, params, brought), reads=reads)

    async def reset(self) -> None:
        """Forget everything that stands in any neighbour, on disk too."""
        self._store.empty()
        if self._work is not None:
            await self._in_worker(lambda work: work.reset())

    async def close(self) -> None:
        """Let go of the worker; what it is busy with ends by itself."""
        if self._worker is not None:
            self._worker.shutdown(wait=False, cancel_futures=True)
            self._worker = None

    async def _brought(self, service: str, scope: Scope, *, reads: bool) -> Brought:
        """Gather what the neighbour must see of our own services."""
        if service == "cognito-idp" and self._pools is not None:
            return Brought(scope, pool=self._pools.pool_from_the_start(scope))
        if service == "route53" and self._zones is not None:
            return Brought(scope, zones=self._zones.hosted_zones(scope.account))
        if service in _LOAD_BALANCING and not reads:
            return Brought(scope, network=await network(self._world, scope))
        if service == _SCALING and not reads:
            return Brought(scope, containers=await containers(self._world, scope))
        return Brought(scope)

    async def _to_its_end(self, job: Callable[[Work], T], *, reads: bool) -> T:
        """Run a call and keep what it changed, even when whoever called has gone meanwhile."""
        task = asyncio.create_task(self._run(job, reads=reads))
        self._calls.add(task)
        task.add_done_callback(self._calls.discard)
        return await asyncio.shield(task)

    async def _run(self, job: Callable[[Work], T], *, reads: bool) -> T:
        if reads:
            return await self._in_worker(job)
        try:
            return await self._in_worker(job)
        finally:  # a call that failed may have changed something too
            if self._work is not None:
                self._keep(self._work, await self._in_worker(lambda work: work.changes()))

    def _keep(self, work: Work, changed: Changed) -> None:
        with self._world.state.transaction():
            if changed.kept and not self._world.settings.ephemeral:
                self._store.keep(changed.kept)
            self._companions.keep(changed.standing)
            if self._pools is not None:
                for scope, pools in changed.pools.items():
                    self._pools.keep_pools(scope, pools)
        work.written(changed.kept)

    async def _in_worker(self, job: Callable[[Work], T]) -> T:
        if self._worker is None:
            self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="neighbours")
        kept = self._store.all() if self._work is None else ()
        return await asyncio.get_running_loop().run_in_executor(self._worker, self._do, job, kept)

    def _do(self, job: Callable[[Work], T], kept: Sequence[Kept]) -> T:
        """Run in the worker; the first job there loads moto and puts back what was kept."""
        if self._work is None:
            from hatoba.cloud.neighbours.work import Work

            work = Work()
            work.restore(kept)
            self._work = work
        return job(self._work)
