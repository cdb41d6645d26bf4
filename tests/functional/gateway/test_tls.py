"""TLS to back ends: certificates and names are checked. facts/api-gateway.md section 5."""

from __future__ import annotations

import asyncio
import datetime as dt
import ssl
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID
from msgspec.structs import replace

from hatoba.gateway.snapshot import (
    Endpoint,
    Integration,
    Listener,
    ListenerRule,
    Route,
    Stage,
    Target,
    Tls,
    WeightedTargets,
)
from tests.functional.gateway.backend import Backend
from tests.functional.gateway.served import ARN, LOG, Served, route
from tests.unit.gateway.builders import private_key

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FAILED = b'{"message":"Internal Server Error"}'


def write_certificate(path: Path, days: int = 1) -> Path:
    """Write a certificate that signs itself, for ``internal.example`` and ``localhost``, with its key.

    It has been good for ten days, and is for ``days`` more.
    """
    key = private_key("tls")
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"internal.example {path.name}")])
    now = dt.datetime.now(dt.UTC)
    names = x509.SubjectAlternativeName([x509.DNSName("internal.example"), x509.DNSName("localhost")])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=10))
        .not_valid_after(now + dt.timedelta(days=days))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(pem + certificate.public_bytes(serialization.Encoding.PEM))
    return path


@dataclass
class Secure:
    """A gateway that trusts two certificates, and a back end for each of three: good, over, and strange."""

    served: Served
    good: Backend
    over: Backend
    strange: Backend
    asked_for: list[str | None] = field(default_factory=list)


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secure]:
    folder = tmp_path_factory.mktemp("tls")
    paths = [
        write_certificate(folder / "good.pem"),
        write_certificate(folder / "over.pem", days=-1),
        write_certificate(folder / "strange.pem"),
    ]
    trusted = folder / "trusted.pem"
    trusted.write_bytes(b"".join(each.read_bytes() for each in paths[:2]))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(trusted))
        served = Served(folder).start()
    asked_for: list[str | None] = []
    backends = []
    for path in paths:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        context.sni_callback = lambda _socket, name, _context: asked_for.append(name)
        backends.append(Backend(served.loop, tls=context).start())
    good, over, strange = backends
    yield Secure(served, good, over, strange, asked_for)
    for each in backends:
        each.stop()
    served.close()


def failed(secure: Secure, reason: str) -> None:
    """Ask; it must fail for this reason, which the access log tells and the client is not told."""
    answer = secure.served.ask()
    assert (answer.status, answer.body) == (500, FAILED)
    error = secure.served.line_of(answer)["error"]
    assert "TLS" in error
    assert reason in error.lower().replace("_", " ")


def test_a_private_back_end_is_asked_for_by_the_name_to_verify(secure: Secure) -> None:
    served = secure.served
    served.push_routes(route(tls=Tls("internal.example")), ports=(secure.good.port,))
    assert served.ask("POST", "/x", b"body").json["body"] == "body"
    assert served.ask("GET", "/y").status == 200
    assert secure.asked_for[-1] == "internal.example"
    assert secure.good.asked[-1].header("host") == f"127.0.0.1:{served.port}"


@pytest.mark.parametrize(
    "name", ["other.example", "sub.internal.example", "internal.example.evil.example", None]
)
def test_a_name_that_does_not_match_is_500(secure: Secure, name: str | None) -> None:
    secure.good.asked.clear()
    secure.served.push_routes(route(tls=Tls(name)), ports=(secure.good.port,))
    failed(secure, "certificate verify failed")
    assert secure.good.asked == []


def test_a_certificate_that_is_over_is_500(secure: Secure) -> None:
    secure.served.push_routes(route(tls=Tls("internal.example")), ports=(secure.over.port,))
    failed(secure, "certificate verify failed")
    assert secure.over.asked == []


def test_a_certificate_that_nobody_vouches_for_is_500(secure: Secure) -> None:
    secure.served.push_routes(route(tls=Tls("internal.example")), ports=(secure.strange.port,))
    failed(secure, "certificate verify failed")
    assert secure.strange.asked == []


def test_a_public_https_url(secure: Secure) -> None:
    served = secure.served
    integration = Integration("i", url=f"https://localhost:{secure.good.port}/{{proxy}}")
    served.push_routes(Route("r", "ANY /{proxy+}", integration))
    assert served.ask("GET", "/a").json["target"] == "/a"
    assert secure.asked_for[-1] == "localhost"
    wrong = replace(integration, url=f"https://127.0.0.1:{secure.good.port}/")
    served.push_routes(Route("r", "ANY /{proxy+}", wrong))
    failed(secure, "certificate verify failed")


def test_a_target_behind_a_network_load_balancer_ends_tls_itself(secure: Secure) -> None:
    served = secure.served
    targets = WeightedTargets(1, (Endpoint("i", "127.0.0.1", secure.good.port),))
    listener = Listener("network", 443, (ListenerRule(targets=(targets,)),))
    for name, status in (("internal.example", 200), ("other.example", 500)):
        pushed = served.snapshot(Stage("$default", (route(tls=Tls(name)),), None, LOG))
        pushed = replace(pushed, targets={"t": Target(ARN, (), listener)})
        served.loop.run(served.gateway.push(pushed))
        assert served.ask().status == status


def test_a_connection_for_one_name_is_not_used_for_another(secure: Secure) -> None:
    served = secure.served
    one, two = (route(f"GET /{name}", tls=Tls(f"{name}.example")) for name in ("internal", "other"))
    served.push_routes(one, two, ports=(secure.good.port,))
    assert [served.ask("GET", path).status for path in ("/internal", "/other", "/internal")] == [
        200,
        500,
        200,
    ]


def test_a_server_without_tls_is_500(secure: Secure) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    server = secure.served.loop.run(asyncio.start_server(answer, "127.0.0.1", 0))
    try:
        port = server.sockets[0].getsockname()[1]
        secure.served.push_routes(route(tls=Tls("internal.example")), ports=(port,))
        failed(secure, "wrong version number")
    finally:
        secure.served.loop.call(server.close)


def test_a_handshake_without_end_is_503_after_the_integrations_time(secure: Secure) -> None:
    served = secure.served  # its own back end waits for the end of a request's head, which never comes
    served.push_routes(route(tls=Tls("internal.example"), timeout_ms=200))
    answer = served.ask()
    assert (answer.status, answer.body) == (503, b'{"message":"Service Unavailable"}')
