"""Snapshots, requests and tokens for the gateway's tests."""

from __future__ import annotations

import base64
import json
from functools import cache
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from hatoba.gateway.context import Context
from hatoba.gateway.request import Head, Request, RequestLine
from hatoba.gateway.snapshot import Api, Integration, JwtAuthorizer, Route, Snapshot, Stage, Target

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hatoba.gateway.snapshot import AccessLog, Cors, Endpoint

NOW = 1_790_000_000.0
ISSUER = "https://issuer.example/pool"
HASHES = {"RS256": hashes.SHA256(), "RS384": hashes.SHA384(), "RS512": hashes.SHA512()}


@cache
def private_key(name: str = "one") -> rsa.RSAPrivateKey:
    """One key for each name, made once: making one takes a tenth of a second."""
    del name
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def jwk(kid: str = "one", **members: str) -> dict[str, str]:
    numbers = private_key(kid).public_key().public_numbers()
    modulus = encode(numbers.n.to_bytes((numbers.n.bit_length() + 7) // 8, "big"))
    return {"kty": "RSA", "kid": kid, "use": "sig", "n": modulus, "e": "AQAB", **members}


def sign(
    header: Mapping[str, object] | bytes,
    payload: Mapping[str, object] | bytes,
    key: str = "one",
    alg: str = "RS256",
) -> str:
    """Sign whatever is given, however odd."""
    parts = [each if isinstance(each, bytes) else json.dumps(each).encode() for each in (header, payload)]
    signed = ".".join(encode(each) for each in parts)
    signature = private_key(key).sign(signed.encode(), padding.PKCS1v15(), HASHES[alg])
    return f"{signed}.{encode(signature)}"


def claims(**changes: object) -> dict[str, object]:
    """Good claims; a change to None leaves the claim out."""
    good: dict[str, object] = {
        "iss": ISSUER,
        "aud": "client",
        "sub": "me",
        "exp": NOW + 600,
        "nbf": NOW - 10,
        "iat": NOW - 10,
        "scope": "read write",
    }
    return {name: value for name, value in (good | changes).items() if value is not None}


def token(key: str = "one", alg: str = "RS256", /, **changes: object) -> str:
    return sign({"alg": alg, "kid": key, "typ": "JWT"}, claims(**changes), key, alg)


def authorizer(
    identity_source: str = "$request.header.Authorization",
    audience: tuple[str, ...] = ("client",),
    keys_error: str | None = None,
) -> JwtAuthorizer:
    keys = () if keys_error else (jwk("one"), jwk("two"))
    return JwtAuthorizer("auth01", "jwt", identity_source, ISSUER, audience, keys, keys_error)


def request(method: str = "GET", target: str = "/", body: bytes = b"", /, **headers: str) -> Request:
    """Build a request; ``x_y="z"`` is the header ``x-y: z``."""
    fields = {"host": "api.example", **{name.replace("_", "-"): value for name, value in headers.items()}}
    pairs = [(name.encode(), value.encode("latin-1")) for name, value in fields.items()]
    return Request(RequestLine(method, target.encode()), Head.of(pairs, "1.1"), body=body)


def context(of: Request | None = None) -> Context:
    made = Context(of or request(), "Mc7UVioPPHcEKPA=", "192.0.2.7", NOW)
    made.trace = b"1-5e1b4151-5ac6c58f3b9bcd8db3d0d3c1"
    return made


def routes(*keys: str, target: str = "t", jwt: JwtAuthorizer | None = None) -> tuple[Route, ...]:
    return tuple(
        Route(f"route{number}", key, Integration(f"int{number}", target=target), jwt)
        for number, key in enumerate(keys)
    )


def stage(
    *keys: str, name: str = "$default", cors: Cors | None = None, log: AccessLog | None = None
) -> Stage:
    return Stage(name, routes(*keys), cors, log)


def snapshot(*stages: Stage, version: int = 1, port: int = 8081, shared_port: int = 0) -> Snapshot:
    api = Api("abc1234567", "000000000000", "ap-northeast-1", port, ("abc1234567.execute-api.local",), stages)
    return Snapshot(version, "127.0.0.1", shared_port, (api,))


def with_endpoints(snapshot: Snapshot, endpoints: Sequence[Endpoint], name: str = "t") -> Snapshot:
    target = Target("arn:aws:servicediscovery:ap-northeast-1:000000000000:service/srv-1", tuple(endpoints))
    return Snapshot(
        snapshot.version, snapshot.host, snapshot.port, snapshot.apis, {**snapshot.targets, name: target}
    )
