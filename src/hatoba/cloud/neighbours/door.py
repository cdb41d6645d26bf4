"""The door to moto: the only module that imports it. Slow to load; used in the worker thread only.

https://docs.getmoto.org/en/latest/docs/server_mode.html
"""

from __future__ import annotations

import logging
import os
import re
import warnings
from typing import TYPE_CHECKING, Any

from moto.core.request import PRESERVED_HEADER_NAMES_ENVIRON_KEY
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from hatoba.cloud.neighbours.bucket_policies import bucket_name, conditions_set_aside, is_about_policy
from hatoba.cloud.neighbours.chunks import unframed
from hatoba.cloud.neighbours.reading import service_called
from hatoba.cloud.neighbours.wsgi import call, environ_name, environ_of
from hatoba.cloud.wire.errors import ServiceError

if TYPE_CHECKING:
    from hatoba.cloud.neighbours.bucket_policies import Bucket
    from hatoba.cloud.state import Scope
    from hatoba.cloud.wire.http import HttpRequest, HttpResponse

_log = logging.getLogger(__name__)

_VIRTUAL_HOST = re.compile(r"(?P<bucket>.+?)\.(s3[.-].+|s3|localhost)(:\d+)?")
_NOT_FOUND = 404
_NOT_ALLOWED = 405


class Moto:
    """moto's own server application, called in process."""

    def __init__(self) -> None:
        os.environ.pop("MOTO_ACCOUNT_ID", None)  # it would win over the account that each request is for
        warnings.filterwarnings("ignore", module=r"moto\.")  # meant for moto's developers
        self._application = DomainDispatcherApplication(create_backend_app)

    def answer(self, request: HttpRequest, service: str, scope: Scope) -> HttpResponse:
        """Answer a request.

        Raises:
            ServiceError: moto has no such service or operation, or failed at it. Always a 4xx: clients
                repeat a 5xx for minutes, and it would fail again.
        """
        request = unframed(request)
        headers = _headers_for_moto(request, service, scope)
        environ = environ_of(request, headers)
        names = {environ_name(name): name for name in headers if "_" in name}
        environ[PRESERVED_HEADER_NAMES_ENVIRON_KEY] = names
        if not self._stands(environ):
            what = service or f"{request.method} {request.path}"
            raise ServiceError(
                "UnknownService",
                f"No service stands here for {what!r:.120}; moto has none either.",
                status=_NOT_FOUND,
            )
        try:
            with conditions_set_aside(_bucket(request, service, scope)):
                response = call(self._application, environ)
        except NotImplementedError as error:
            raise _not_implemented(service or "s3", str(error)) from error
        except Exception as error:
            _log.exception("moto failed at %s %s %s", service, request.method, request.path)
            raise ServiceError(
                "NeighbourFailure",
                f"moto, which answers for {service or 's3'}, failed: {type(error).__name__}: {error}.",
                status=400,
            ) from error
        if _is_flask_page(response):
            raise _not_implemented(service or "s3", f"{request.method} {request.path}")
        return response

    def _stands(self, environ: dict[str, Any]) -> bool:
        """Ask moto's own rules, without its message on stdout for what it does not find."""
        path = environ["PATH_INFO"]
        if path.startswith(("/moto-api", "/latest/meta-data/", "/latest/api/")):
            return True
        try:
            host = self._application.infer_service_region_host(environ, path)
        except (KeyError, IndexError):
            return False
        if host is None or "." not in host:
            return True
        return any(pattern.match(f"http://{host}") for _, pattern in self._application.backend_url_patterns)


def _headers_for_moto(request: HttpRequest, service: str, scope: Scope) -> dict[str, str]:
    """Return the headers with the account that moto is to use, and S3's Host as moto reads it best."""
    headers = {**request.headers, "x-moto-account-id": scope.account}
    if not service:
        signed_as = service_called(request, "")
        if signed_as:  # its region stands nowhere else in an unsigned request
            credential = f"{scope.account}/20000101/{scope.region}/{signed_as}/aws4_request"
            headers["authorization"] = (
                f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=0"
            )
            return headers
    if service in {"s3", ""}:
        found = _VIRTUAL_HOST.fullmatch(request.host)
        if found is not None:
            headers["host"] = f"{found['bucket']}.s3.{scope.region}.amazonaws.com"
        elif not request.host.startswith(("localhost", "127.0.0.1")):
            headers["host"] = "localhost"
    return headers


def _bucket(request: HttpRequest, service: str, scope: Scope) -> Bucket | None:
    """Return moto's bucket whose policy must not stand in the way of a request."""
    if service not in {"s3", ""} or is_about_policy(request):
        return None
    from moto.s3.models import s3_backends

    host = _VIRTUAL_HOST.fullmatch(request.host)
    name = bucket_name(request, host["bucket"] if host is not None else None)
    found: Bucket | None = s3_backends[scope.account]["aws"].buckets.get(name)
    return found


def _not_implemented(service: str, what: str) -> ServiceError:
    return ServiceError(
        "NotImplementedException",
        f"{service}: {what} (moto answers for {service} in hatoba's local cloud, and has not got this).",
        status=400,
    )


def _is_flask_page(response: HttpResponse) -> bool:
    """Whether the answer is the web framework's own page for a path that moto does not know."""
    is_page = response.headers.get("content-type", "").startswith("text/html")
    return is_page and response.status in {_NOT_FOUND, _NOT_ALLOWED} and b"<title>" in response.body
