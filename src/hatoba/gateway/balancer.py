"""A load balancer's listener between API Gateway and a target: which rule a request meets. Without I/O.

An Application Load Balancer reads the request as API Gateway wrote it, tries its rules in order and
forwards, redirects or answers; it adds its own ``X-Forwarded-*``. A Network Load Balancer only forwards.
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html
"""

from __future__ import annotations

import ipaddress
import random
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from hatoba.gateway.headers import Field
    from hatoba.gateway.served import Rotation
    from hatoba.gateway.snapshot import Condition, FixedResponse, Listener, Redirect

_TOKEN = re.compile(r"\\([*?\\])|([*?])|([^*?\\]+|\\)")
_PART = re.compile(r"#\{(protocol|host|port|path|query)\}")
_PHRASES = {503: "Service Temporarily Unavailable", 504: "Gateway Time-out"}


class Said(NamedTuple):
    """What a load balancer answers by itself; ``why`` is for the access log."""

    status: int
    fields: tuple[Field, ...]
    body: bytes
    why: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it reaches the listener: path and query percent-encoded, as sent."""

    method: str
    path: str
    query: str | None
    fields: Sequence[Field]

    def values(self, name: bytes) -> list[str]:
        """Return the values of a header by lower-case name."""
        return [value.decode("latin-1") for each, value in self.fields if each.lower() == name]

    @property
    def host(self) -> str:
        """The Host without its port."""
        return re.sub(r":\d+\Z", "", next(iter(self.values(b"host")), ""))


Fits = Callable[[Asked], bool]


@dataclass(frozen=True, slots=True)
class ServedRule:
    """One rule, compiled: exactly one of ``groups``, ``redirect`` and ``fixed`` says what is done."""

    conditions: tuple[Fits, ...]
    groups: tuple[Rotation, ...]
    weights: tuple[int, ...]
    names: tuple[str, ...]
    redirect: Redirect | None
    fixed: FixedResponse | None


class Balancer:
    """A listener, compiled."""

    def __init__(
        self,
        listener: Listener,
        groups: Callable[[int], Sequence[Rotation]],
        counts: Counter[str] | None = None,
    ) -> None:
        """Compile it.

        Args:
            listener: What to carry out.
            groups: Returns the addresses of the target groups of a rule, by its number.
            counts: Counts the requests to each target group; it lives on from picture to picture.
        """
        self._listener = listener
        self._counts: Counter[str] = Counter() if counts is None else counts
        self.is_application = listener.kind == "application"
        self._rules = tuple(
            ServedRule(
                tuple(_compile(condition, listener.source_ip) for condition in rule.conditions),
                tuple(groups(number)),
                tuple(each.weight for each in rule.targets),
                tuple(each.group for each in rule.targets),
                rule.redirect,
                rule.fixed,
            )
            for number, rule in enumerate(listener.rules)
        )

    def route(self, asked: Asked) -> Rotation | Said:
        """Return where the request goes, or what the load balancer answers by itself."""
        rule = next(rule for rule in self._rules if all(fits(asked) for fits in rule.conditions))
        if rule.redirect is not None:
            return _redirected(rule.redirect, asked, self._listener)
        if rule.fixed is not None:
            return _said(rule.fixed.status, rule.fixed.body.encode(), rule.fixed.content_type)
        chosen = _choose(rule)
        if chosen is None or (self.is_application and not rule.groups[chosen].all):
            why = "" if chosen is None else rule.groups[chosen].refusal
            return page(504)._replace(why=why) if why else page(503)
        self._counts[rule.names[chosen]] += 1
        return rule.groups[chosen]

    def mark(self, fields: list[Field]) -> None:
        """Add what an Application Load Balancer tells its targets."""
        if not self.is_application:
            return
        before = [value for name, value in fields if name.lower() == b"x-forwarded-for"]
        ours = {b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-port"}
        fields[:] = [each for each in fields if each[0].lower() not in ours]
        fields += [
            (b"X-Forwarded-For", b", ".join([*before, self._listener.source_ip.encode("ascii")])),
            (b"X-Forwarded-Proto", self._listener.protocol.lower().encode("ascii")),
            (b"X-Forwarded-Port", b"%d" % self._listener.port),
        ]


def _choose(rule: ServedRule) -> int | None:
    """Choose one of a rule's target groups by weight; None where none has any."""
    if len(rule.groups) == 1:
        return 0
    if not any(rule.weights):
        return None
    return random.choices(range(len(rule.groups)), rule.weights)[0]  # noqa: S311 - spread, not secrecy


def page(status: int) -> Said:
    """Return an Application Load Balancer's own error page."""
    title = f"{status} {_PHRASES.get(status) or HTTPStatus(status).phrase}"
    body = (
        f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n"
        f"<center><h1>{title}</h1></center>\r\n</body>\r\n</html>\r\n"
    )
    return _said(status, body.encode(), "text/html")


def _said(status: int, body: bytes, content_type: str | None, *more: Field) -> Said:
    kind = (content_type or "text/plain; charset=utf-8").encode("latin-1")
    return Said(status, ((b"Server", b"awselb/2.0"), (b"Content-Type", kind), *more), body)


def _redirected(redirect: Redirect, asked: Asked, listener: Listener) -> Said:
    parts = {
        "protocol": listener.protocol.lower(),
        "host": asked.host,
        "port": str(listener.port),
        "path": asked.path.removeprefix("/"),
        "query": asked.query or "",
    }

    def fill(text: str) -> str:
        return _PART.sub(lambda found: parts[found[1]], text)

    query = fill(redirect.query)
    where = f"{fill(redirect.protocol).lower()}://{fill(redirect.host)}:{fill(redirect.port)}{fill(redirect.path)}"
    location = f"{where}?{query}" if query else where
    location_field = (b"Location", location.encode("latin-1"))
    return _said(redirect.status, page(redirect.status).body, "text/html", location_field)


def _compile(condition: Condition, source_ip: str) -> Fits:
    match condition.field:
        case "path-pattern":
            patterns = _patterns(condition.values, re.DOTALL)
            return lambda asked: _any(patterns, [asked.path])
        case "host-header":
            hosts = _patterns(condition.values, re.IGNORECASE | re.DOTALL)
            return lambda asked: _any(hosts, [asked.host])
        case "http-request-method":
            return lambda asked: asked.method in condition.values
        case "http-header":
            values = _patterns(condition.values, re.IGNORECASE | re.DOTALL)
            name = (condition.header or "").lower().encode("latin-1")
            return lambda asked: _any(values, asked.values(name))
        case "query-string":
            pairs = [
                (None if key is None else wildcards(key, re.IGNORECASE), wildcards(value, re.IGNORECASE))
                for key, value in condition.pairs
            ]
            return lambda asked: _has_pair(asked.query, pairs)
        case _:
            address = ipaddress.ip_address(source_ip)
            is_inside = any(address in ipaddress.ip_network(each) for each in condition.values)
            return lambda _asked: is_inside


def _patterns(values: Iterable[str], flags: re.RegexFlag) -> list[re.Pattern[str]]:
    return [wildcards(each, flags) for each in values]


def _any(patterns: Iterable[re.Pattern[str]], texts: Sequence[str]) -> bool:
    return any(pattern.fullmatch(text) for pattern in patterns for text in texts)


def _has_pair(query: str | None, wanted: Iterable[tuple[re.Pattern[str] | None, re.Pattern[str]]]) -> bool:
    given = [each.partition("=")[::2] for each in (query or "").split("&") if each]
    return any(
        (key is None or key.fullmatch(name)) and value.fullmatch(text)
        for key, value in wanted
        for name, text in given
    )


def wildcards(pattern: str, flags: re.RegexFlag = re.DOTALL) -> re.Pattern[str]:
    r"""Compile ``*`` (any characters) and ``?`` (exactly one); ``\\*`` and ``\\?`` stand for themselves.

    Never slow: each run up to a ``*`` is matched where it first can be, and not looked at again.
    """
    runs = [""]
    for literal, wild, plain in _TOKEN.findall(pattern):
        if wild == "*":
            runs.append("")
        else:
            runs[-1] += "." if wild == "?" else re.escape(literal or plain)
    first, *rest = runs
    if not rest:
        return re.compile(first, flags | re.DOTALL)
    *middle, last = rest
    return re.compile(f"{first}{''.join(f'(?>.*?{run})' for run in middle)}.*{last}", flags | re.DOTALL)
