"""CORS as an HTTP API answers it, without I/O.

A preflight is answered by the gateway only where no route takes ``OPTIONS``; a back end's own CORS
headers are replaced. https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias, final

if TYPE_CHECKING:
    from hatoba.gateway.snapshot import Cors

Headers: TypeAlias = "tuple[tuple[bytes, bytes], ...]"

PREFIX = b"access-control-"
_SCHEMES = ("https://*", "http://*")


@final
class CorsRules:
    """One API's CORS configuration, ready to answer. A disallowed origin gets no header at all."""

    def __init__(self, config: Cors) -> None:
        self._any = "*" in config.allow_origins
        self._exact = frozenset(each.lower() for each in config.allow_origins if not each.endswith("*"))
        self._schemes = tuple(each[:-1].lower() for each in config.allow_origins if each.lower() in _SCHEMES)
        self._credentials: Headers = (
            ((b"access-control-allow-credentials", b"true"),) if config.allow_credentials else ()
        )
        self._response: Headers = self._credentials + _listed(b"expose-headers", config.expose_headers)
        self._preflight: Headers = (
            self._credentials
            + _listed(b"allow-methods", config.allow_methods)
            + _listed(b"allow-headers", config.allow_headers)
            + _age(config.max_age)
        )

    def preflight(self, origin: str) -> Headers:
        """Return the headers of the 204 that answers a preflight."""
        return self._with_origin(origin, self._preflight)

    def response(self, origin: str) -> Headers:
        """Return the headers that a response to a request with this ``Origin`` gets."""
        return self._with_origin(origin, self._response)

    def _with_origin(self, origin: str, others: Headers) -> Headers:
        if self._any:
            return ((b"access-control-allow-origin", b"*"), *others)
        asked = origin.lower()
        if asked in self._exact or (self._schemes and asked.startswith(self._schemes)):
            return ((b"access-control-allow-origin", origin.encode("latin-1")), *others)
        return ()


def _listed(name: bytes, values: tuple[str, ...]) -> Headers:
    return ((PREFIX + name, ",".join(values).encode("latin-1")),) if values else ()


def _age(seconds: int | None) -> Headers:
    return () if seconds is None else ((PREFIX + b"max-age", str(seconds).encode()),)
