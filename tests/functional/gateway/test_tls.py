"""TLS to back ends: certificates and names are checked. facts/api-gateway.md section 5."""

from __future__ import annotations

import datetime as dt
import ssl
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID

from hatoba.gateway.snapshot import Integration, Route, Tls
from tests.functional.gateway.backend import Backend
from tests.functional.gateway.served import Served, route
from tests.unit.gateway.builders import private_key

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def write_certificate(folder: Path) -> Path:
    """Write a certificate that signs itself, for ``internal.example`` and ``localhost``, with its key."""
    key = private_key("tls")
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "internal.example")])
    now = dt.datetime.now(dt.UTC)
    names = x509.SubjectAlternativeName([x509.DNSName("internal.example"), x509.DNSName("localhost")])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / "certificate.pem"
    path.write_bytes(pem + certificate.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, Backend]]:
    folder = tmp_path_factory.mktemp("tls")
    path = write_certificate(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(path))
        served = Served(folder).start()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    backend = Backend(served.loop, tls=context).start()
    yield served, backend
    backend.stop()
    served.close()


def test_a_private_back_end_is_asked_for_by_the_name_to_verify(secure: tuple[Served, Backend]) -> None:
    served, backend = secure
    served.push_routes(route(tls=Tls("internal.example")), ports=(backend.port,))
    assert served.ask("POST", "/x", b"body").json["body"] == "body"
    assert served.ask("GET", "/y").status == 200


def test_a_name_that_does_not_match_is_500(secure: tuple[Served, Backend]) -> None:
    served, backend = secure
    served.push_routes(route(tls=Tls("other.example")), ports=(backend.port,))
    answer = served.ask()
    assert (answer.status, answer.body) == (500, b'{"message":"Internal Server Error"}')
    assert "TLS" in served.line_of(answer)["error"]


def test_a_public_https_url(secure: tuple[Served, Backend]) -> None:
    served, backend = secure
    integration = Integration("i", url=f"https://localhost:{backend.port}/{{proxy}}")
    served.push_routes(Route("r", "ANY /{proxy+}", integration))
    assert served.ask("GET", "/a").json["target"] == "/a"
    wrong = replace(integration, url=f"https://127.0.0.1:{backend.port}/")
    served.push_routes(Route("r", "ANY /{proxy+}", wrong))
    assert served.ask("GET", "/a").status == 500


def test_a_server_without_tls_is_500(secure: tuple[Served, Backend]) -> None:
    served, _ = secure
    served.push_routes(route(tls=Tls("internal.example"), timeout_ms=500))
    assert served.ask().status in {500, 503}
