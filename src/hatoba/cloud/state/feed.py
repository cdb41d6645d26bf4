"""Who must act is told what changed: a small in-process feed, delivered after each commit."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hatoba.cloud.state.scope import Scope


class Change(msgspec.Struct, frozen=True, gc=False):
    """One record was put or deleted. Read the table for what it is now."""

    kind: str
    scope: Scope
    key: str


class Subscription:
    """The changes of some kinds that one loop has not seen yet. Changes of one record are merged."""

    def __init__(self) -> None:
        self._pending: dict[Change, None] = {}
        self._woken = asyncio.Event()

    def deliver(self, change: Change) -> None:
        """Add a change. Called by the feed, on the event loop's thread."""
        self._pending[change] = None
        self._woken.set()

    def take(self) -> tuple[Change, ...]:
        """Return the changes that wait, oldest first, and forget them."""
        taken = tuple(self._pending)
        self._pending.clear()
        self._woken.clear()
        return taken

    async def wait(self, timeout_s: float | None = None) -> tuple[Change, ...]:
        """Wait for a change or for ``timeout_s`` seconds; return what waits (empty on time-out)."""
        if not self._pending:
            try:
                async with asyncio.timeout(timeout_s):
                    await self._woken.wait()
            except TimeoutError:
                return ()
        return self.take()


class Feed:
    """Delivers changes to subscriptions by kind of record."""

    def __init__(self) -> None:
        self._by_kind: defaultdict[str, list[Subscription]] = defaultdict(list)

    def subscribe(self, *kinds: str) -> Subscription:
        """Return a subscription to the changes of these kinds from now on."""
        subscription = Subscription()
        for kind in kinds:
            self._by_kind[kind].append(subscription)
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        """Deliver nothing more to this subscription."""
        for subscriptions in self._by_kind.values():
            if subscription in subscriptions:
                subscriptions.remove(subscription)

    def publish(self, changes: Iterable[Change]) -> None:
        """Deliver changes, in order, to all who subscribed to their kinds."""
        for change in changes:
            for subscription in self._by_kind.get(change.kind, ()):
                subscription.deliver(change)
