"""What a handler is given: the stack, the resource, the way to the other services."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.structs import replace

from hatoba.cloud.cloudformation.act import handles
from hatoba.cloud.cloudformation.errors import ResourceFailure

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from hatoba.cloud.cloudformation.model import WaitSignal
    from hatoba.cloud.cloudformation.store import Store
    from hatoba.cloud.state import Scope
    from hatoba.cloud.world import World

LONGEST_WAIT_S = 3 * 3600.0
"""AWS gives an ECS service three hours to become steady; nothing else takes longer."""

RECHECK_S = 0.5
"""How soon to look again where no change was told: a thing of a neighbour has no feed."""

SUFFIX_LENGTH = 12
_BASE36 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class HandlerContext(msgspec.Struct, frozen=True):
    """One resource of one stack during one operation; see :class:`Context` for the contract."""

    world: World
    store: Store
    scope: Scope
    stack_id: str
    stack_name: str
    logical_id: str
    operation_id: str
    tags: Mapping[str, str]
    capabilities: tuple[str, ...] = ()

    async def invoke(self, service: str, operation: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
        """Call an operation, as CloudFormation calls it for the stack's owner."""
        call = self.world.call_as_service(self.scope, "cloudformation")
        return await self.world.invoke(call, service, operation, params)

    @property
    def token(self) -> str:
        """The same for each try to make this physical resource."""
        return self._digest.hexdigest()[:32]

    def new_name(self, most: int = 255) -> str:
        """Return STACK-LOGICALID-RANDOM12; random, but the same when a killed cloud tries again."""
        number = int.from_bytes(self._digest.digest(), "big")
        suffix = "".join(_BASE36[number // 36**place % 36] for place in range(SUFFIX_LENGTH))
        prefix = f"{self.stack_name}-{self.logical_id}"[: most - SUFFIX_LENGTH - 1]
        return f"{prefix}-{suffix}"

    @property
    def _digest(self) -> hashlib._Hash:
        return hashlib.sha256(f"{self.stack_id}|{self.logical_id}|{self.operation_id}".encode())

    async def wait(self, kinds: tuple[str, ...], look: Callable[[], Awaitable[bool]], what: str) -> None:
        """Look at once, and again after every change of these kinds."""
        if await self.wait_up_to(LONGEST_WAIT_S, kinds, look):
            raise ResourceFailure(f"Exceeded attempts to wait for {what}")

    async def wait_up_to(
        self, seconds: float, kinds: tuple[str, ...], look: Callable[[], Awaitable[bool]]
    ) -> bool:
        """Look as :meth:`wait` does, for so long."""
        changes = self.world.state.feed.subscribe(*kinds)
        deadline = self.world.clock.now() + seconds
        try:
            while not await look():
                if self.world.clock.now() > deadline:
                    return True
                await changes.wait(RECHECK_S)
        finally:
            self.world.state.feed.unsubscribe(changes)
        return False

    def nest(self, stack_id: str) -> None:
        """Write down whose the stack is."""
        stack = self.store.stacks.get(self.scope, stack_id)
        own = self.store.stacks.get(self.scope, self.stack_id)
        if stack is not None and own is not None:
            root_id = own.root_id or own.id
            self.store.stacks.put(self.scope, replace(stack, parent_id=own.id, root_id=root_id))

    def open_handle(self) -> str:
        """Keep a handle, and return its address."""
        handles.open_handle(self.store, self.scope, self.token)
        return handles.address(self.world.settings.endpoint, self.scope, self.token)

    def signals(self, handle: str) -> tuple[WaitSignal, ...]:
        """Return what was told."""
        return handles.signals(self.store, self.scope, handle)

    def close_handle(self, handle: str) -> None:
        """Forget the handle."""
        handles.close_handle(self.store, self.scope, handle)
