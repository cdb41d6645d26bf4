"""A WSGI application called without a server: our request in, our response out.

https://peps.python.org/pep-3333/
"""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

from hatoba.cloud.wire.http import HttpResponse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from hatoba.cloud.wire.http import HttpRequest

    Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

_WITHOUT_PREFIX = {"content-type": "CONTENT_TYPE", "content-length": "CONTENT_LENGTH"}
_OF_THE_CONNECTION = {"connection", "transfer-encoding", "keep-alive", "date", "server"}


def environ_of(request: HttpRequest, headers: Mapping[str, str]) -> dict[str, Any]:
    """Return the WSGI environment of a request.

    Args:
        request: The request, its body whole.
        headers: What the application is to see instead of the request's own headers.
    """
    host, _, port = headers.get("host", "localhost").partition(":")
    uri = request.path + (f"?{request.query}" if request.query else "")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(request.path).decode("latin-1"),
        "QUERY_STRING": request.query,
        "RAW_URI": uri,
        "REQUEST_URI": uri,
        "SERVER_NAME": host,
        "SERVER_PORT": port or ("443" if request.scheme == "https" else "80"),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": request.client,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": request.scheme,
        "wsgi.input": io.BytesIO(request.body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in headers.items():
        environ[environ_name(name)] = value
    environ.pop("HTTP_TRANSFER_ENCODING", None)
    environ["CONTENT_LENGTH"] = str(len(request.body))
    return environ


def environ_name(header: str) -> str:
    """Return a header's name in the environment."""
    return _WITHOUT_PREFIX.get(header, "HTTP_" + header.upper().replace("-", "_"))


def call(application: Wsgi, environ: dict[str, Any]) -> HttpResponse:
    """Call the application and read its answer to the end; what it raises comes through."""
    started: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], _error: object = None) -> None:
        started.append((status, headers))

    body = application(environ, start_response)
    try:
        content = b"".join(body)
    finally:
        close = getattr(body, "close", None)
        if close is not None:
            close()
    status, headers = started[-1]
    kept = {name.lower(): value for name, value in headers if name.lower() not in _OF_THE_CONNECTION}
    cookies = tuple(value for name, value in headers if name.lower() == "set-cookie")
    kept.pop("set-cookie", None)
    return HttpResponse(int(status.split(" ", 1)[0]), kept, content, cookies)
