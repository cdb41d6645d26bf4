"""Asking an issuer for its keys, as API Gateway does: within its times, without credentials."""

from __future__ import annotations

import json
from urllib.error import URLError
from urllib.request import urlopen

WITHIN_S = 1.5
LARGEST_JWKS = 150_000
"""Bytes that API Gateway takes: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html"""


def why_unreachable(issuer: str) -> str | None:
    """Return why an issuer's keys cannot be had from this machine, None when they can."""
    if not issuer.startswith("https://"):
        return "An issuer's address begins with https://."
    try:
        discovery = _document(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
        if discovery.get("issuer") != issuer:
            return f"It calls itself {discovery.get('issuer')}: tokens name that, and get 401."
        address = str(discovery.get("jwks_uri", ""))
        if not address.startswith("https://"):
            return "Its discovery document names no jwks_uri with https://."
        keys = _document(address)
    except (URLError, TimeoutError, OSError, ValueError) as error:
        return f"It does not answer as it should: {error}."
    return None if keys.get("keys") else "Its key set is empty."


def _document(address: str) -> dict[str, object]:
    with urlopen(address, timeout=WITHIN_S) as answer:  # noqa: S310 - https only, checked above
        body = answer.read(LARGEST_JWKS + 1)
    if len(body) > LARGEST_JWKS:
        raise ValueError(f"{address} is larger than {LARGEST_JWKS} bytes")
    read = json.loads(body)
    if not isinstance(read, dict):
        raise ValueError(f"{address} is no JSON object")  # noqa: TRY004 - a wrong document, not a wrong call
    return read
