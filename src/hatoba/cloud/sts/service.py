"""STS as the server runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hatoba.cloud.sts.api import Api
from hatoba.cloud.sts.store import SessionStore
from hatoba.cloud.wire import Caller, Operations, ServiceError

if TYPE_CHECKING:
    from hatoba.cloud.world import Loop, World


class Sts:
    """The service, and what :class:`hatoba.cloud.wire.doors.Credentials` asks of it."""

    def __init__(self, world: World) -> None:
        self._store = SessionStore(world.state)
        self._api = Api(world, self._store)

    @property
    def operations(self) -> Operations:
        """What it answers."""
        return self._api.operations

    def loops(self) -> tuple[Loop, ...]:
        """Return nothing: sessions expire by the clock of whoever asks."""
        return ()

    async def close(self) -> None:
        """Hold nothing."""

    def caller_of(self, access_key: str, now: float) -> Caller | None:
        """Return the holder of temporary credentials, or None for a key that was not given out here.

        Raises:
            ServiceError: ``ExpiredToken``: they have expired.
        """
        if not access_key.startswith("ASIA"):
            return None
        session = self._store.get(access_key)
        if session is None:
            return None
        if session.expires <= now:
            raise ServiceError(
                "ExpiredToken", "The security token included in the request is expired", status=403
            )
        return Caller(session.account, session.arn, session.user_id, access_key)
