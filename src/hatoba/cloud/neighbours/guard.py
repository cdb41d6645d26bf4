"""Calls that are refused before moto sees them: it would let what is not the caller's be changed. Pure."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from hatoba.cloud.wire.errors import ServiceError

if TYPE_CHECKING:
    from hatoba.cloud.neighbours.model import Brought
    from hatoba.cloud.wire.http import HttpRequest

_ZONE = re.compile(r"/2013-04-01/hostedzone/(?:hostedzone/)?(?P<id>[^/]+)(?P<rest>/.*)?")


def check_allowed(request: HttpRequest, brought: Brought) -> None:
    """Refuse to change what our own services brought.

    Raises:
        ServiceError: In AWS's words.
    """
    if brought.zones:
        _check_zones(request, brought)
    if brought.pool is not None:
        _check_pool(request, brought.pool.pool_id)


def _check_zones(request: HttpRequest, brought: Brought) -> None:
    found = _ZONE.fullmatch(request.path)
    if found is None or request.method == "GET":
        return
    for zone in brought.zones or ():
        if zone.id == found["id"]:
            raise ServiceError(
                "AccessDenied",
                f"The resource hostedzone/{zone.id} can only be managed through AWS Cloud Map"
                f" ({zone.owner_arn})",
                status=403,
            )


def _check_pool(request: HttpRequest, pool_id: str) -> None:
    if not request.headers.get("x-amz-target", "").endswith(".DeleteUserPool"):
        return
    try:
        asked = json.loads(request.body)
    except ValueError:
        return
    if isinstance(asked, dict) and asked.get("UserPoolId") == pool_id:
        raise ServiceError(
            "InvalidParameterException",
            "The user pool cannot be deleted because deletion protection is activated. Deletion protection"
            " must be inactivated first.",
            status=400,
        )
