"""TLS between API Gateway and a load balancer's listener, which is no network here: what it comes to.

Both ends are in this machine's gateway, so nothing is encrypted between them. What is checked is what
API Gateway would check: that both speak TLS, and that the listener's certificate is for the name to verify.
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-private.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from hatoba.cloud.world import TLS_LISTENERS
from hatoba.gateway import snapshot as served

if TYPE_CHECKING:
    from hatoba.cloud.apigateway.model import Integration

_SENT_PLAIN = "The plain HTTP request was sent to HTTPS port"
_PAGE = (
    f"<html>\r\n<head><title>400 {_SENT_PLAIN}</title></head>\r\n<body>\r\n"
    f"<center><h1>400 Bad Request</h1></center>\r\n<center>{_SENT_PLAIN}</center>\r\n</body>\r\n</html>\r\n"
)


def ends_tls(listener: served.Listener | None) -> bool:
    """Say whether TLS ends at the listener, so that targets behind it are spoken to in plain text."""
    return listener is not None and listener.protocol in TLS_LISTENERS


def as_asked(listener: served.Listener, integration: Integration) -> served.Listener | None:
    """Return the listener as an integration's requests meet it; None where TLS to it fails."""
    if not ends_tls(listener):  # a Network Load Balancer passes TLS on to its targets
        return None if integration.tls and listener.kind == "application" else listener
    if integration.tls:
        return listener if _is_verified(listener, integration.server_name_to_verify) else None
    if listener.kind == "application":
        page = served.FixedResponse(400, "text/html", _PAGE)
        return replace(listener, rules=(served.ListenerRule(fixed=page),))
    nobody = served.WeightedTargets(1, ())  # a Network Load Balancer closes such a connection
    return replace(listener, rules=(served.ListenerRule(targets=(nobody,)),))


def why_not(listener: served.Listener, integration: Integration) -> str:
    """Say for the access log why TLS to a listener fails; nothing where it does not."""
    if as_asked(listener, integration) is not None:
        return ""
    if not ends_tls(listener):
        return f" (TLS: the listener speaks {listener.protocol})"
    names = ", ".join(listener.certificate_names)
    return f" (TLS: the listener's certificate is for {names}, not for {integration.server_name_to_verify})"


def _is_verified(listener: served.Listener, name: str | None) -> bool:
    return name is None or any(_covers(each, name.lower()) for each in listener.certificate_names)


def _covers(pattern: str, name: str) -> bool:
    """Say whether a certificate's name is for a host; a star is for exactly one label."""
    if pattern.startswith("*."):
        first, _, rest = name.partition(".")
        return bool(first) and rest == pattern[2:]
    return pattern == name
