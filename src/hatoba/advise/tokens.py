"""Why a token gets 401 or 403 from an API: claims beside what the authorizers accept. Pure.

The order and the claims are those of API Gateway's JWT authorizer; the signature is not verified here.
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from hatoba.advise.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from hatoba.advise.seen import ApiSeen, AuthorizerSeen, SystemSeen

Claims = dict[str, Any]


def examine_token(token: str, seen: SystemSeen, now: float) -> tuple[Finding, ...]:
    """Return what bars a token at each authorizer, and at routes that ask for scopes."""
    read = _read(token)
    if read is None:
        return (
            Finding(
                "problem",
                "the token",
                "It is no JWT of three parts: 401 “token contains an invalid number of segments”.",
                "Send the token itself, alone or after “Bearer ”.",
            ),
        )
    header, claims = read
    return tuple(
        finding
        for api in seen.apis
        for authorizer in api.authorizers
        for finding in _at(authorizer, api, header, claims, now)
    )


def _at(
    authorizer: AuthorizerSeen, api: ApiSeen, header: Claims, claims: Claims, now: float
) -> Iterator[Finding]:
    subject = f"the token, at authorizer {authorizer.name}"
    faults = [
        *_signing(header),
        *_issuer(authorizer, claims),
        *_audience(authorizer, claims),
        *_times(claims, now),
    ]
    for what, remedy in faults:
        yield Finding("problem", subject, f"{what}: 401.", remedy)
    owned = {str(each) for key in ("scope", "scp") for each in _words(claims.get(key))}
    for route in api.routes:
        if route.authorizer == authorizer.name and route.scopes and not owned & set(route.scopes):
            yield Finding(
                "problem",
                f"the token, at route {route.route_key}",
                f"The route asks for one of {', '.join(route.scopes)}; {_kind(claims)} has "
                f"{', '.join(sorted(owned)) or 'no scopes'}: 403.",
                "Ask the issuer for an access token with the scope; ID tokens have none.",
            )


def _signing(header: Claims) -> Iterator[tuple[str, str]]:
    algorithm = str(header.get("alg", "none"))
    if not algorithm.startswith(("RS", "PS")):
        yield f"It is signed by {algorithm}, and only RSA is accepted", "Let the issuer sign with RS256."
    if "kid" not in header:
        yield "Its header names no key (kid)", "Let the issuer name the key of its key set."


def _issuer(authorizer: AuthorizerSeen, claims: Claims) -> Iterator[tuple[str, str]]:
    if claims.get("iss") != authorizer.issuer:
        yield (
            f"It is from {claims.get('iss')}, the authorizer's issuer is {authorizer.issuer}",
            "Use a token of that issuer; the two texts must be equal, a slash at the end included.",
        )


def _audience(authorizer: AuthorizerSeen, claims: Claims) -> Iterator[tuple[str, str]]:
    # client_id is looked at only where there is no aud.
    claim = "aud" if "aud" in claims else "client_id"
    named = [str(each) for each in _words(claims.get(claim))]
    if not set(named) & set(authorizer.audience):
        has, accepted = ", ".join(named) or "nowhere", ", ".join(authorizer.audience) or "nobody"
        what = f"{_kind(claims).capitalize()} has {claim} {has}, the authorizer accepts {accepted}"
        wanted = ", ".join(named) or "the right one"
        yield what, f"Name {wanted} in the authorizer's audience, or send the other kind of token: {_KINDS}"


_KINDS = (
    "Cognito's ID tokens have the client's id as aud, its access tokens as client_id; elsewhere an access "
    "token's aud is the API and an ID token's is the client."
)


def _times(claims: Claims, now: float) -> Iterator[tuple[str, str]]:
    expires = claims.get("exp")
    if isinstance(expires, (int, float)) and expires <= now:
        yield f"It expired {now - expires:.0f} seconds ago", "Get a new one."
    for claim, words in (("nbf", "is valid only in"), ("iat", "was issued only in")):
        at = claims.get(claim)
        if isinstance(at, (int, float)) and at > now:
            yield f"It {words} {at - now:.0f} seconds", "Set the clocks right."


def _kind(claims: Mapping[str, Any]) -> str:
    use = claims.get("token_use")
    return f"this {use} token" if use in ("id", "access") else "this token"


def _words(value: object) -> list[object]:
    if isinstance(value, list):
        return value
    return list(value.split()) if isinstance(value, str) else []


def _read(token: str) -> tuple[Claims, Claims] | None:
    parts = token.strip().removeprefix("Bearer ").split(".")
    try:
        header, claims = (
            json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))) for part in parts[:2]
        )
    except ValueError:
        return None
    is_jwt = len(parts) == len(("header", "payload", "signature"))
    return (header, claims) if is_jwt and isinstance(header, dict) and isinstance(claims, dict) else None
