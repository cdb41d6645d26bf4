"""Paths that users of other local clouds know: health, info, reset, and a word of welcome.

https://docs.localstack.cloud/aws/capabilities/networking/internal-endpoints/
https://docs.getmoto.org/en/latest/docs/server_mode.html
"""

from __future__ import annotations

import json
import platform
import re
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING

from hatoba.cloud.server.reset import reset
from hatoba.cloud.wire.errors import ServiceError
from hatoba.cloud.wire.http import HttpResponse

if TYPE_CHECKING:
    from hatoba.cloud.server.assembly import Cloud
    from hatoba.cloud.wire.http import HttpRequest

PREFIX = "/_localstack/"
_HOST = re.compile(r"(?:localhost|127\.0\.0\.1|\[::1\]|localhost\.localstack\.cloud)(?::\d+)?")
_RESETS = frozenset({"/moto-api/reset", "/_localstack/state/reset"})
_NEIGHBOURS = (
    *("application-autoscaling", "cloudwatch", "cognito-idp", "dynamodb", "ecr", "events", "kms"),
    *("route53", "s3", "scheduler", "secretsmanager", "sns", "sqs", "ssm"),
)
"""The neighbours that health names; moto has more."""


class Familiar:
    """Answers the paths of other local clouds."""

    def __init__(self, cloud: Cloud, version: str) -> None:
        self._cloud = cloud
        self._version = version
        self._started_at = cloud.clock.now()

    async def answer(self, request: HttpRequest) -> HttpResponse | None:
        """Answer a request, or return None: it is for somebody else."""
        if request.path in _RESETS and request.method == "POST":
            return await self._reset(request)
        if request.method not in {"GET", "HEAD"}:
            return None
        if request.path == f"{PREFIX}health":
            return _json({"services": self._services(), "edition": "hatoba", "version": self._version})
        if request.path == f"{PREFIX}info":
            return _json(self._info())
        return self._welcome() if _is_a_look(request) else None

    async def _reset(self, request: HttpRequest) -> HttpResponse:
        if "origin" in request.headers or "sec-fetch-site" in request.headers:
            return _json({"message": "Web pages cannot reset the cloud."}, HTTPStatus.FORBIDDEN)
        try:
            await reset(self._cloud)
        except ServiceError as error:
            return _json({"message": error.message}, HTTPStatus.CONFLICT)
        return _json({"status": "ok"})

    def _services(self) -> dict[str, str]:
        """Ours run; a neighbour is there when it is called."""
        return {
            **dict.fromkeys(_NEIGHBOURS, "available"),
            **dict.fromkeys(sorted(self._cloud.dispatcher.services), "running"),
        }

    def _info(self) -> dict[str, object]:
        now = self._cloud.clock.now()
        return {
            "version": self._version,
            "edition": "hatoba",
            "is_license_activated": False,
            "session_id": "",
            "machine_id": "",
            "system": platform.system().lower(),
            "is_docker": False,
            "server_time_utc": datetime.fromtimestamp(now, UTC).isoformat(timespec="seconds"),
            "uptime": int(now - self._started_at),
        }

    def _welcome(self) -> HttpResponse:
        text = (
            f"hatoba {self._version}: a local AWS cloud, account {self._cloud.settings.account}.\n"
            f"Point any AWS tool here: AWS_ENDPOINT_URL={self._cloud.settings.endpoint}\n"
            f"Health: {self._cloud.settings.endpoint}{PREFIX}health\n"
        )
        return HttpResponse(HTTPStatus.OK, {"content-type": "text/plain; charset=utf-8"}, text.encode())


def _is_a_look(request: HttpRequest) -> bool:
    """Say whether somebody just looks who is there. Signed, or under a bucket's name, it is S3's."""
    is_bare = request.path == "/" and not request.query and "authorization" not in request.headers
    return is_bare and _HOST.fullmatch(request.host) is not None


def _json(content: object, status: HTTPStatus = HTTPStatus.OK) -> HttpResponse:
    return HttpResponse(status, {"content-type": "application/json"}, json.dumps(content).encode())
