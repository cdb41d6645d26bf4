"""The keys of the issuers that authorizers name: asked for once, then kept fresh without being waited for."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from hatoba.cloud.state import Change

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hatoba.cloud.clock import Clock
    from hatoba.cloud.state import Scope, State
    from hatoba.cloud.world import IssuerKeys, KeySource

FRESH_S = 60.0
"""How long keys are used before the source is asked again, which itself keeps them for up to two hours."""
RETRY_S = 5.0
"""How soon an issuer that could not be read is asked again."""


class Keyring:
    """What is known of each issuer now. A refresh that finds other keys publishes ``apigateway.keys``."""

    def __init__(self, source: KeySource, clock: Clock, state: State, scope: Scope) -> None:
        self._source = source
        self._clock = clock
        self._state = state
        self._scope = scope
        self._known: dict[str, IssuerKeys] = {}

    async def learn(self, issuer: str) -> str | None:
        """Check an issuer's discovery and fetch its keys, so that its first token need not wait.

        Returns:
            Why discovery failed, or None.
        """
        problem = await self._source.discover(issuer)
        if problem is None:
            self._known[issuer] = await self._source.keys(issuer)
        return problem

    async def current(self, issuers: Iterable[str]) -> dict[str, IssuerKeys]:
        """Return the keys known of these issuers; only ones never asked before are waited for."""
        wanted = [*issuers]
        unknown = [issuer for issuer in wanted if issuer not in self._known]
        found = await asyncio.gather(*(self._source.keys(issuer) for issuer in unknown))
        self._known.update(zip(unknown, found, strict=True))
        return {issuer: self._known[issuer] for issuer in wanted}

    async def refresh_forever(self) -> None:
        """Ask again and again. Runs beside the loop that compiles, until it is cancelled."""
        while True:
            failed = any(known.error for known in self._known.values())
            await self._clock.sleep(RETRY_S if failed else FRESH_S)
            await self.refresh()

    async def refresh(self) -> None:
        """Ask every known issuer once more."""
        asked = [*self._known]
        found = await asyncio.gather(*(self._source.keys(issuer) for issuer in asked))
        for issuer, keys in zip(asked, found, strict=True):
            if keys != self._known[issuer]:
                self._known[issuer] = keys
                self._state.changed(Change("apigateway.keys", self._scope, issuer))
