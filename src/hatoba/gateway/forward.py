"""The request to an integration and the answer made of its response, as values. Without I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

from hatoba.gateway.answers import Answer, refuse
from hatoba.gateway.balancer import Asked, Said, page
from hatoba.gateway.headers import encode, from_backend, lines, lines_to_backend, to_backend
from hatoba.gateway.mapping import Outgoing, Source
from hatoba.gateway.plain import Reply, ReplyHead

if TYPE_CHECKING:
    from hatoba.gateway.context import Context
    from hatoba.gateway.headers import Field
    from hatoba.gateway.served import Address, Forward

_LARGEST_STATUS = 599
_NOT_MODIFIED = 304
_NO_BODY = b"Content-Length: 0\r\n\r\n"


@final
class Sending:
    """A request ready to send: the addresses to try in order, and its bytes.

    ``said`` is what a load balancer answers by itself, without any target; ``no_answer`` is what it
    answers when no target does; ``refusal`` is why there are no addresses, where that is known.
    """

    __slots__ = ("addresses", "data", "method", "no_answer", "refusal", "said")

    def __init__(
        self,
        addresses: tuple[Address, ...],
        method: str,
        data: bytes,
        *,
        said: Said | None = None,
        no_answer: Said | None = None,
        refusal: str = "",
    ) -> None:
        self.addresses = addresses
        self.method = method
        self.data = data
        self.said = said
        self.no_answer = no_answer
        self.refusal = refusal


def no_target_error(forward: Forward) -> str:
    """Return the integration error of a private integration without an instance, as API Gateway has it."""
    refusal = forward.integration.refusal
    return refusal or f"No target endpoints found for integration {forward.integration.arn}"


def compose(forward: Forward, context: Context, port: int) -> Sending:
    """Write the request. ``port`` is where the client came in."""
    request, integration = context.request, forward.integration
    method = request.method if integration.config.method == "ANY" else integration.config.method
    if integration.passes_unchanged:
        return Sending(forward.integration.rotation.turn(), method, _unchanged(method, context, port))
    fields = to_backend(request, context.source_ip, port, context.trace)
    path, query = request.path, request.query
    if integration.url is not None:
        path = integration.url.fill(forward.variables, forward.path)
        query = "&".join(each for each in (integration.url.query, query) if each) or None
        fields[0] = (b"Host", integration.url.host)
    if integration.request_mapping:
        outgoing = Outgoing(fields, path, query)
        body = request.body
        integration.request_mapping.apply(outgoing, _source(forward, context, request.fields, body))
        fields, path, query = outgoing.headers, outgoing.path, outgoing.query
    if integration.balancer is not None:
        return _balanced(forward, Asked(method, path, query, fields), request.body)
    return Sending(integration.rotation.turn(), method, _whole(method, path, query, fields, request.body))


def _balanced(forward: Forward, asked: Asked, body: bytes) -> Sending:
    """Let the load balancer choose."""
    balancer = forward.integration.balancer
    assert balancer is not None
    chosen = balancer.route(asked)
    if isinstance(chosen, Said):
        return Sending((), asked.method, b"", said=chosen, refusal=chosen.why)
    fields = [*asked.fields]
    balancer.mark(fields)
    data = _whole(asked.method, asked.path, asked.query, fields, body)
    no_answer = page(502) if balancer.is_application else None
    return Sending(chosen.turn(), asked.method, data, no_answer=no_answer, refusal=chosen.refusal)


def _whole(method: str, path: str, query: str | None, fields: list[Field], body: bytes) -> bytes:
    target = path if query is None else f"{path}?{query}"
    start = f"{method} {target} HTTP/1.1".encode("ascii")
    return encode(start, [*fields, (b"Content-Length", b"%d" % len(body))]) + body


def _unchanged(method: str, context: Context, port: int) -> bytes:
    """Write the request that nothing maps, which is nearly every one, the short way."""
    request = context.request
    start = request.line.start
    if method != request.method:
        start = method.encode("ascii") + start[start.index(b" ") :]
    before, after = lines_to_backend(request, context.source_ip, port)
    body = request.body
    end = b"Content-Length: %d\r\n\r\n%b" % (len(body), body) if body else _NO_BODY
    return b"".join((start, before, context.trace, after, end))


def answer(forward: Forward, context: Context, reply: Reply) -> Answer:
    """Make the client's answer of a whole response."""
    head, body = reply.head, reply.body
    status = context.integration_status = head.status
    if status > _LARGEST_STATUS:
        return refuse(503)
    assert context.served is not None
    drop_cors = context.served.cors is not None
    mapping = forward.integration.response_mappings.get(status)
    if mapping:
        headers = from_backend(head.headers, drop_cors=drop_cors)
        fields = {lower: value for _, value, lower in head.headers}
        status = mapping.apply_to_response(status, headers, _source(forward, context, fields, body))
        kept = lines(headers)
    elif (known := head.lines.get(drop_cors)) is not None:
        kept = known
    else:
        kept = head.lines[drop_cors] = lines(from_backend(head.headers, drop_cors=drop_cors))
    is_headless = context.request.method == "HEAD" or status == _NOT_MODIFIED
    return Answer(status, kept, body, None, head.length if is_headless else None)


def answer_balanced(forward: Forward, context: Context, said: Said) -> Answer:
    """Make the client's answer of what a load balancer said by itself: to API Gateway it is a response."""
    headers = [(name, value, name.lower()) for name, value in said.fields]
    return answer(forward, context, Reply(ReplyHead(said.status, headers, None), said.body))


def _source(forward: Forward, context: Context, fields: dict[bytes, bytes], body: bytes) -> Source:
    assert context.served is not None
    return Source(context, forward.path, forward.variables, context.served.variables, fields, body)
