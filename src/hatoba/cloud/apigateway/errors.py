"""API Gateway's errors, in its own words where a fact gives them.

Where AWS's text is not known, ours says what is wrong and what to try (``docs/fidelity/apigateway.md``).
"""

from __future__ import annotations

from hatoba.cloud.wire import ServiceError


def bad_request(message: str) -> ServiceError:
    """Return a 400: the request cannot be carried out as it is."""
    return ServiceError("BadRequestException", message, status=400)


def conflict(message: str) -> ServiceError:
    """Return a 409: what is there already forbids it."""
    return ServiceError("ConflictException", message, status=409)


def too_many(message: str) -> ServiceError:
    """Return a 429: a quota is used up."""
    return ServiceError("TooManyRequestsException", message, status=429)


def not_found(noun: str, identifier: str) -> ServiceError:
    """Return a 404 for a thing that is not here, such as ``not_found("Route", "abc1234")``."""
    return ServiceError(
        "NotFoundException",
        f"Invalid {noun} identifier specified {identifier}",
        status=404,
        members={"ResourceType": noun},
    )
