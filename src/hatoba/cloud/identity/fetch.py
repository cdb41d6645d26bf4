"""The one door to other issuers: discovery documents and key sets, fetched within API Gateway's limits.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
"""

from __future__ import annotations

import asyncio
import json
from urllib.parse import urlsplit

DISCOVERY_TIMEOUT_S = 1.5
JWKS_TIMEOUT_S = 1.5
LARGEST_ANSWER = 150_000
DISCOVERY_FAILED = "OIDC discovery endpoint communication error"
JWKS_FAILED = "JWKS communication error"
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_OK = 200


class Unreachable(Exception):
    """An issuer cannot be read: API Gateway's words for it, and the reason."""

    def __init__(self, words: str, reason: str) -> None:
        super().__init__(words, reason)
        self.words = words
        self.reason = reason


async def fetch_jwks_uri(issuer: str) -> str:
    """Return where an issuer's keys are, by its discovery document.

    Raises:
        Unreachable: No answer in time, or one that is no discovery document of this very issuer.
    """
    url = issuer.rstrip("/") + "/.well-known/openid-configuration"
    document = await _get_json(url, DISCOVERY_TIMEOUT_S, DISCOVERY_FAILED)
    if document.get("issuer") != issuer:
        raise Unreachable(DISCOVERY_FAILED, f"{url} names another issuer, {document.get('issuer')!r}")
    jwks_uri = document.get("jwks_uri")
    if not isinstance(jwks_uri, str):
        raise Unreachable(DISCOVERY_FAILED, f"{url} has no jwks_uri")
    return jwks_uri


async def fetch_keys(jwks_uri: str) -> tuple[dict[str, str], ...]:
    """Return the RSA keys of a key set, their text members only.

    Raises:
        Unreachable: No answer in time, or one that is no key set.
    """
    document = await _get_json(jwks_uri, JWKS_TIMEOUT_S, JWKS_FAILED)
    keys = document.get("keys")
    if not isinstance(keys, list):
        raise Unreachable(JWKS_FAILED, f"{jwks_uri} has no keys")
    return tuple(
        {name: value for name, value in key.items() if isinstance(value, str)}
        for key in keys
        if isinstance(key, dict) and key.get("kty") == "RSA"
    )


async def _get_json(url: str, timeout_s: float, words: str) -> dict[str, object]:
    import aiohttp

    is_loopback = _is_loopback(url, words)
    try:
        async with (
            asyncio.timeout(timeout_s),
            aiohttp.ClientSession(trust_env=not is_loopback) as session,
            session.get(url, allow_redirects=False) as answer,
        ):
            if answer.status != _OK:
                raise Unreachable(words, f"{url} answered with status {answer.status}")
            body = await _read(answer.content, url, words)
    except TimeoutError as error:
        raise Unreachable(words, f"{url} did not answer within {timeout_s} s") from error
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise Unreachable(words, f"{url}: {error}") from error
    return _parsed(body, url, words)


async def _read(content: object, url: str, words: str) -> bytes:
    import aiohttp

    assert isinstance(content, aiohttp.StreamReader)
    body = bytearray()
    async for chunk in content.iter_any():
        body += chunk
        if len(body) > LARGEST_ANSWER:
            raise Unreachable(words, f"{url} is larger than {LARGEST_ANSWER} bytes")
    return bytes(body)


def _parsed(body: bytes, url: str, words: str) -> dict[str, object]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Unreachable(words, f"{url} is no JSON") from error
    if not isinstance(document, dict):
        raise Unreachable(words, f"{url} is no JSON object")
    return document


def _is_loopback(url: str, words: str) -> bool:
    try:
        parts = urlsplit(url)
        is_loopback = parts.hostname in _LOOPBACK
    except ValueError as error:
        raise Unreachable(words, f"{url!r} is no URL") from error
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback):
        raise Unreachable(words, f"{url} is no https:// URL")
    return is_loopback
