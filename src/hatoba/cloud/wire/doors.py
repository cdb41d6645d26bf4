"""What the wire asks of others, so that it knows none of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from hatoba.cloud.state import Scope
    from hatoba.cloud.wire.call import Caller
    from hatoba.cloud.wire.http import HttpRequest, HttpResponse


class Credentials(Protocol):
    """Who stands behind an access key."""

    def caller_of(self, access_key: str, now: float) -> Caller | None:
        """Return the holder of temporary credentials, or None for a key that was not given out here.

        Args:
            access_key: As the request's signature names it.
            now: Epoch seconds.

        Raises:
            ServiceError: ``ExpiredToken``: they were given out here and have expired.
        """


class ExtraRoutes(Protocol):
    """Answers requests that are not AWS's: ``/_hatoba/…``, a user pool's ``.well-known`` documents."""

    async def answer(self, request: HttpRequest) -> HttpResponse | None:
        """Return the answer, or None for a request that is not for these routes. Called for each request."""


class Neighbourhood(Protocol):
    """Answers HTTP requests for services that are not ours."""

    async def answer(self, request: HttpRequest, service: str, scope: Scope) -> HttpResponse:
        """Answer a request; an unknown service or operation with a 4xx.

        Args:
            request: As it came, body untouched.
            service: The signing name of its credential scope; empty when it is not signed.
            scope: The account and region that it is for.
        """
