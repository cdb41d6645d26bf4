"""The claims of a token, as Cognito's ID and access tokens have them, and the ways to get them wrong. Pure.

https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-id-token.html
https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-access-token.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hatoba.cloud.identity.pools import default_pool
from hatoba.cloud.state import Scope
from hatoba.cloud.wire import ServiceError

if TYPE_CHECKING:
    from collections.abc import Callable

    from hatoba.cloud.identity.model import TokenRequest
    from hatoba.cloud.identity.pools import Pool

DEFAULT_SCOPES = ("openid", "profile", "email")
LONGEST_LIFETIME_S = 10 * 365 * 86_400
_ANOTHER_ACCOUNT = "999999999999"


def claims_of(request: TokenRequest, pool: Pool, now: float, new_id: Callable[[], str]) -> dict[str, object]:
    """Return the claims of the token that is asked for.

    Args:
        request: What it shall say.
        pool: Who issues it.
        now: Epoch seconds.
        new_id: Makes the ids of token and sign-in.

    Raises:
        ServiceError: The request cannot be met as it is; says what to try.
    """
    _check(request)
    issued_at = int(now)
    client_id = request.client_id or pool.client_id
    claims: dict[str, object] = {
        "sub": request.subject,
        "iss": pool.issuer,
        "token_use": request.use,
        "origin_jti": new_id(),
        "event_id": new_id(),
        "auth_time": issued_at,
        "iat": issued_at,
        "exp": issued_at + request.lifetime_s,
        "jti": new_id(),
        **(_access(request, client_id) if request.use == "access" else _id(request, client_id)),
        **request.claims,
    }
    return _made_wrong(claims, request, pool)


def _check(request: TokenRequest) -> None:
    if request.use == "id" and request.scopes:
        raise ServiceError(
            "InvalidParameterException", "An ID token has no scopes. Ask for an access token (use: access)."
        )
    if not 0 < request.lifetime_s <= LONGEST_LIFETIME_S:
        raise ServiceError(
            "InvalidParameterException",
            f"A lifetime of {request.lifetime_s} seconds is not possible: give 1 to {LONGEST_LIFETIME_S}."
            " For an expired token ask for a wrong one (wrong: expired).",
        )
    if not request.subject:
        raise ServiceError("InvalidParameterException", "The subject is empty. Name a user.")


def _access(request: TokenRequest, client_id: str) -> dict[str, object]:
    return {
        "version": 2,
        "client_id": client_id,
        "scope": " ".join(request.scopes or DEFAULT_SCOPES),
        "username": request.subject,
    }


def _id(request: TokenRequest, client_id: str) -> dict[str, object]:
    return {
        "aud": client_id,
        "cognito:username": request.subject,
        "email": f"{request.subject}@example.com" if "@" not in request.subject else request.subject,
        "email_verified": True,
    }


def _made_wrong(claims: dict[str, object], request: TokenRequest, pool: Pool) -> dict[str, object]:
    issued_at = int(str(claims["auth_time"]))
    other = default_pool(Scope(_ANOTHER_ACCOUNT, pool.region))
    match request.wrong:
        case "expired":
            age = request.lifetime_s + 60
            early = issued_at - age
            return {**claims, "auth_time": early, "iat": early, "exp": issued_at - 60}
        case "not-yet-valid":
            late = issued_at + request.lifetime_s
            return {**claims, "nbf": late, "exp": late + request.lifetime_s}
        case "audience":
            return {**claims, ("client_id" if request.use == "access" else "aud"): other.client_id}
        case "issuer":
            return {**claims, "iss": other.issuer}
        case "forged" | "alg-none" | None:
            return claims
