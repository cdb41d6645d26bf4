"""Issuers elsewhere, over real sockets: limits of time and size, the two-hour cache, what is refused."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from hatoba.cloud.identity import Identity
from hatoba.cloud.identity.service import CACHE_S
from hatoba.cloud.world import IssuerKeys
from tests.support.calls import Bench
from tests.support.fakes import FakeClock

KEY = {"kty": "RSA", "kid": "k1", "use": "sig", "alg": "RS256", "n": "AQAB", "e": "AQAB"}
DISCOVERY_FAILED = IssuerKeys(error="OIDC discovery endpoint communication error")
JWKS_FAILED = IssuerKeys(error="JWKS communication error")

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


class Issuer:
    """A real HTTP server on loopback whose two documents a test can change."""

    def __init__(self) -> None:
        self.url = ""
        self.asked: list[str] = []
        self.configuration: Handler = self._configuration
        self.jwks: Handler = self._jwks
        self.keys: list[object] = [KEY]

    async def _configuration(self, _: web.BaseRequest) -> web.StreamResponse:
        return web.json_response({"issuer": self.url, "jwks_uri": f"{self.url}/keys"})

    async def _jwks(self, _: web.BaseRequest) -> web.StreamResponse:
        return web.json_response({"keys": self.keys})

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        self.asked.append(request.path)
        return await (self.jwks if request.path == "/keys" else self.configuration)(request)


@asynccontextmanager
async def issuer() -> AsyncIterator[Issuer]:
    served = Issuer()
    server = web.Server(served.answer)
    runner = web.ServerRunner(server, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    served.url = f"http://{host}:{port}"
    try:
        yield served
    finally:
        await runner.cleanup()


def ask(change: Callable[[Issuer], None]) -> tuple[str | None, IssuerKeys]:
    """Return what discovery and keys say of an issuer that a test has changed."""

    async def run() -> tuple[str | None, IssuerKeys]:
        async with issuer() as other:
            change(other)
            identity = Identity(Bench().world)
            return await identity.discover(other.url), await identity.keys(other.url)

    return asyncio.run(run())


def answering(status: int, body: bytes) -> Handler:
    async def answer(_: web.BaseRequest) -> web.StreamResponse:
        return web.Response(status=status, body=body)

    return answer


async def never(_: web.BaseRequest) -> web.StreamResponse:
    await asyncio.Event().wait()
    raise AssertionError("not reached")


def test_another_issuers_keys_are_fetched_by_its_discovery_document() -> None:
    problem, keys = ask(lambda _: None)

    assert problem is None
    assert keys == IssuerKeys(keys=(KEY,))


def test_only_rsa_keys_with_text_members_are_taken() -> None:
    def change(other: Issuer) -> None:
        other.keys = [{**KEY, "x5c": ["..."]}, {"kty": "EC", "kid": "k2"}, {"kty": "oct", "k": "eA"}, "x"]

    assert ask(change)[1] == IssuerKeys(keys=(KEY,))


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, b"{}"),
        (302, b"{}"),
        (200, b"no json"),
        (200, b"[]"),
        (200, b"[" * 100_000),
        (200, b'{"issuer": "https://another.test", "jwks_uri": "https://another.test/keys"}'),
    ],
)
def test_a_discovery_document_with_a_fault_is_a_communication_error(status: int, body: bytes) -> None:
    def change(other: Issuer) -> None:
        other.configuration = answering(status, body)

    problem, keys = ask(change)

    assert problem
    assert keys == DISCOVERY_FAILED


@pytest.mark.parametrize(("told", "is_good"), [("/", True), ("", False)])
def test_an_issuer_that_ends_in_a_slash_is_asked_without_and_must_name_itself_with_it(
    told: str, *, is_good: bool
) -> None:
    async def run() -> tuple[str | None, IssuerKeys, list[str]]:
        async with issuer() as other:
            document = {"issuer": f"{other.url}{told}", "jwks_uri": f"{other.url}/keys"}
            other.configuration = answering(200, json.dumps(document).encode())
            identity = Identity(Bench().world)
            name = f"{other.url}/"
            return await identity.discover(name), await identity.keys(name), other.asked

    problem, keys, asked = asyncio.run(run())

    assert asked[0] == "/.well-known/openid-configuration"
    assert (problem is None) is is_good
    assert keys == (IssuerKeys(keys=(KEY,)) if is_good else DISCOVERY_FAILED)


@pytest.mark.parametrize("document", [{}, {"jwks_uri": 1}])
def test_a_discovery_document_without_keys_is_a_communication_error(document: dict[str, object]) -> None:
    def change(other: Issuer) -> None:
        other.configuration = answering(200, json.dumps({"issuer": other.url, **document}).encode())

    problem, keys = ask(change)

    assert problem is not None
    assert problem.endswith("/.well-known/openid-configuration has no jwks_uri")
    assert keys == DISCOVERY_FAILED


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, b'{"keys": []}'),
        (200, b"{}"),
        (200, b'{"keys": {}}'),
        (200, b'{"keys": [], "x": "' + b"x" * 150_000 + b'"}'),
    ],
)
def test_a_key_set_with_a_fault_is_a_communication_error(status: int, body: bytes) -> None:
    def change(other: Issuer) -> None:
        other.jwks = answering(status, body)

    problem, keys = ask(change)

    assert problem is None
    assert keys == JWKS_FAILED


@pytest.mark.parametrize("uri", ["http://[::1", "ftp://127.0.0.1/keys", "http://keys.test/", "keys", ""])
def test_keys_at_an_address_that_is_none_are_a_communication_error(uri: str) -> None:
    def change(other: Issuer) -> None:
        body = json.dumps({"issuer": other.url, "jwks_uri": uri}).encode()
        other.configuration = answering(200, body)

    assert ask(change) == (None, JWKS_FAILED)


def test_an_issuer_that_does_not_answer_is_given_up_after_a_second_and_a_half() -> None:
    async def timed(url: str) -> tuple[IssuerKeys, float]:
        started = asyncio.get_running_loop().time()
        found = await Identity(Bench().world).keys(url)
        return found, asyncio.get_running_loop().time() - started

    async def run() -> tuple[tuple[IssuerKeys, float], tuple[IssuerKeys, float]]:
        async with issuer() as silent, issuer() as without_keys:
            silent.configuration = never
            without_keys.jwks = never
            return await asyncio.gather(timed(silent.url), timed(without_keys.url))

    (discovery, discovery_s), (jwks, jwks_s) = asyncio.run(run())

    assert (discovery, jwks) == (DISCOVERY_FAILED, JWKS_FAILED)
    assert 1.4 < discovery_s < 3.0
    assert 1.4 < jwks_s < 3.0


def test_keys_are_kept_for_two_hours_and_errors_are_not() -> None:
    async def run() -> None:
        async with issuer() as other:
            clock = FakeClock()
            identity = Identity(Bench(clock=clock).world)
            other.jwks = answering(503, b"")
            assert await identity.keys(other.url) == JWKS_FAILED
            other.jwks = other._jwks
            assert (await identity.keys(other.url)).keys == (KEY,)
            other.asked.clear()

            other.keys = [{**KEY, "kid": "k2"}]
            clock.advance(CACHE_S - 1)
            assert (await identity.keys(other.url)).keys == (KEY,)
            assert other.asked == []

            clock.advance(2)
            assert (await identity.keys(other.url)).keys == ({**KEY, "kid": "k2"},)

    asyncio.run(run())


def test_plain_http_is_for_loopback_only() -> None:
    async def run() -> tuple[str | None, IssuerKeys]:
        identity = Identity(Bench().world)
        return await identity.discover("http://issuer.test"), await identity.keys("http://issuer.test")

    problem, keys = asyncio.run(run())

    assert problem == "http://issuer.test/.well-known/openid-configuration is no https:// URL"
    assert keys == DISCOVERY_FAILED


def test_nobody_listening_is_a_communication_error() -> None:
    async def run() -> IssuerKeys:
        async with issuer() as other:
            url = other.url
        return await Identity(Bench().world).keys(url)

    assert asyncio.run(run()) == DISCOVERY_FAILED
