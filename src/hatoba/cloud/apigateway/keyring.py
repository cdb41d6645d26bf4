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

REFRESH_S = 5.0
"""How often the source is asked again: it keeps for up to two hours what it has, but not its failures."""


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
        learned = {**self._known, **dict(zip(unknown, found, strict=True))}
        self._known = {issuer: learned[issuer] for issuer in wanted}
        return dict(self._known)

    async def refresh_forever(self) -> None:
        """Ask again and again. Runs beside the loop that compiles, until it is cancelled."""
        while True:
            await self._clock.sleep(REFRESH_S)
            await self.refresh()

    async def refresh(self) -> None:
        """Ask every known issuer once more."""
        asked = [*self._known]
        found = await asyncio.gather(*(self._source.keys(issuer) for issuer in asked))
        for issuer, keys in zip(asked, found, strict=True):
            if issuer in self._known and keys != self._known[issuer]:
                self._known[issuer] = keys
                self._state.changed(Change("apigateway.keys", self._scope, issuer))
