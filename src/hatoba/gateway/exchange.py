"""One request's way through the gateway: decide, send, answer, log.

::

    begin ─→ decide ─┬─→ an answer of our own ───────────────────────────┐
                     └─→ forward ─→ connection ─→ reply ─→ its answer ───┤
                            ↑           │                                ↓
                            └ next try ─┴─→ failure, time-out ─→ 5xx ─→ finish: write, log

Driven by callbacks, without a task where a connection stands ready: that is half of the gateway's speed.
"""

from __future__ import annotations

import logging
import ssl
import time
from typing import TYPE_CHECKING, final

from hatoba.gateway.answers import Answer, refuse, response_type, write
from hatoba.gateway.backend import Failure
from hatoba.gateway.context import Context
from hatoba.gateway.decide import decide
from hatoba.gateway.forward import Sending, answer, answer_balanced, compose, no_target_error
from hatoba.gateway.headers import lines
from hatoba.gateway.pool import LONGEST_IDLE_S
from hatoba.gateway.records import AccessLogLine

if TYPE_CHECKING:
    import asyncio

    from hatoba.gateway.backend import BackendConnection
    from hatoba.gateway.client import ClientConnection
    from hatoba.gateway.cors import CorsRules
    from hatoba.gateway.plain import Reply
    from hatoba.gateway.request import Request
    from hatoba.gateway.served import Address, Forward, ServedApi
    from hatoba.gateway.serving import Serving

_log = logging.getLogger(__name__)

_SAFE_TO_REPEAT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
_FRESH_S = 0.25
"""A request that must not be sent twice goes only on a connection that was in use a moment ago."""


@final
class Exchange:
    """One request, from the moment it is whole to the moment its answer is written."""

    _held = 0
    _connection: BackendConnection | None = None
    _connecting: asyncio.Task[None] | None = None

    def __init__(
        self,
        serving: Serving,
        client: ClientConnection,
        api: ServedApi | None,
        request: Request,
        *,
        keep_alive: bool,
    ) -> None:
        self._serving = serving
        self._client = client
        self._api = api
        self._request = request
        self._keep_alive = keep_alive
        now = time.time()
        ids = serving.ids
        self._context = context = Context(request, ids.request(), client.source_ip, now)
        context.trace = ids.trace(now)

    def begin(self) -> None:
        """Decide and act. A fault of our own is one request's 500, never a client that waits for ever."""
        try:
            if self._api is None:
                self._finish(refuse(404))
                return
            context = self._context
            outcome = decide(self._api, context, context.requested_at, self._request.received_at)
            if isinstance(outcome, Answer):
                context.decided_at = self._serving.time()
                self._finish(outcome)
            else:
                self._forward(outcome)
        except Exception:  # noqa: BLE001 - one request's outer edge
            self._break()

    def _break(self) -> None:
        _log.exception("request %s: a fault of the gateway's own", self._context.request_id)
        self._fail(500, "The gateway failed; its log says how")

    def _forward(self, forward: Forward) -> None:
        context, serving = self._context, self._serving
        context.forward = forward
        context.sending = sending = compose(forward, context, self._client.port)
        context.decided_at = now = serving.time()
        if sending.said is not None:
            context.integration_error = sending.refusal or None
            self._finish(answer_balanced(forward, context, sending.said))
        elif not sending.addresses:
            # A Network Load Balancer without targets takes no connection; security groups pass none on.
            is_closed = forward.integration.balancer is not None or forward.integration.refusal
            self._fail(503 if is_closed else 500, sending.refusal or no_target_error(forward))
        else:
            serving.deadlines.add(self, now, forward.integration.timeout_s)
            self._try(sending, sending.addresses[0], now)

    @property
    def target(self) -> str | None:
        """``host:port`` of who is asked now; None where nobody is."""
        sending = self._context.sending
        if sending is None or self._context.tried >= len(sending.addresses):
            return None
        address = sending.addresses[self._context.tried]
        return f"{address.host}:{address.port}"

    def abort(self) -> None:
        """The client went away: so does the request to the back end."""
        self._release()
        self._remember(time.time(), self._serving.time())

    def _try(self, sending: Sending, address: Address, now: float) -> None:
        longest_idle_s = LONGEST_IDLE_S if sending.method in _SAFE_TO_REPEAT else _FRESH_S
        connection = self._serving.pool.take(address, now, longest_idle_s)
        if connection is None:
            self._connecting = self._serving.loop.create_task(self._connect(sending, address))
        else:
            self._send(sending, connection, now)

    async def _connect(self, sending: Sending, address: Address) -> None:
        try:
            connection = await self._serving.pool.connect(address)
        except ssl.SSLError as error:
            self._connecting = None
            self._fail(500, f"TLS to the integration failed: {error.reason or error}")
        except (OSError, ValueError) as error:  # ValueError: a name or port that no connection can have
            self._connecting = None
            self._try_next(sending, error)
        else:
            self._connecting = None
            self._send(sending, connection, self._serving.time())

    def _send(self, sending: Sending, connection: BackendConnection, now: float) -> None:
        self._connection = connection
        self._context.written_at = now
        connection.send(self, sending.data, head=sending.method == "HEAD")

    def _try_next(self, sending: Sending, error: OSError | ValueError) -> None:
        """Nothing was sent: another instance may take the request."""
        self._context.tried += 1
        if self._context.tried < len(sending.addresses):
            self._try(sending, sending.addresses[self._context.tried], self._serving.time())
        else:
            self._fail_integration(503, f"The integration cannot be reached: {error}")

    def replied(self, reply: Reply) -> None:
        """Take the back end's whole response."""
        context = self._context
        assert context.forward is not None
        self._connection = None
        context.replied_at = self._serving.time()
        self._held = reply.held
        try:
            outcome = answer(context.forward, context, reply)
        except Exception:  # noqa: BLE001 - one request's outer edge
            self._break()
        else:
            self._finish(outcome)

    def failed(self, failure: Failure) -> None:
        """Take note that no response will come; once more on a new connection, where that is safe.

        Who broke off, or closed a connection that stood idle, may have been killed: another instance is
        asked, and no request is lost with the one. A connection that was closed unused says nothing of its
        instance: where it is the only one, it is asked again.
        """
        context, self._connection = self._context, None
        sending = context.sending
        assert sending is not None
        has_another = context.tried + 1 < len(sending.addresses)
        is_worth_it = failure is Failure.STALE or (failure is Failure.CUT and has_another)
        if is_worth_it and not context.repeated and sending.method in _SAFE_TO_REPEAT:
            context.repeated = True
            context.tried += has_another
            address = sending.addresses[context.tried]
            self._connecting = self._serving.loop.create_task(self._connect(sending, address))
            return
        self._fail_integration(500 if failure is Failure.TOO_LARGE else 503, failure.value)

    def time_out(self) -> None:
        """Give the back end up."""
        assert self._context.forward is not None
        timeout_ms = self._context.forward.integration.config.timeout_ms
        self._fail(503, f"The integration did not answer within {timeout_ms} ms")

    def _fail_integration(self, status: int, error: str) -> None:
        """No target answered: a load balancer in between says so in its own words."""
        context = self._context
        assert context.sending is not None
        assert context.forward is not None
        if context.sending.no_answer is None or status != 503:  # noqa: PLR2004 - service unavailable
            self._fail(status, error)
            return
        context.integration_error = error
        self._finish(answer_balanced(context.forward, context, context.sending.no_answer))

    def _fail(self, status: int, error: str) -> None:
        self._context.integration_error = error
        self._finish(refuse(status))

    def _finish(self, outcome: Answer) -> None:
        context, request, stage = self._context, self._request, self._context.served
        now, done_at = time.time(), self._serving.time()
        if context.forward is not None:
            context.integration_latency_ms = int((done_at - context.decided_at) * 1000)
        if outcome.message is not None:
            context.error_message = outcome.message
            context.error_type = response_type(outcome.status)
        is_head = request.method == "HEAD"
        context.status = outcome.status
        context.response_length = 0 if is_head else len(outcome.body)
        context.response_latency_ms = int((done_at - request.received_at) * 1000)
        if stage is not None:
            if stage.cors is not None and b"origin" in request.fields:
                outcome = self._with_cors(stage.cors, outcome)
            if stage.log is not None:
                line = stage.log.render(context)
                record = AccessLogLine(stage.destination, context.api_id or "", stage.name, now, line)
                self._serving.journal.add(record)
        self._release()
        self._remember(now, done_at)
        data = write(outcome, context.request_id, now, head=is_head, keep_alive=self._keep_alive)
        self._client.answered(data, done_at)

    def _with_cors(self, rules: CorsRules, outcome: Answer) -> Answer:
        if outcome.status == 204 and self._context.forward is None:  # noqa: PLR2004 - a preflight, ours
            return outcome
        kept = outcome.lines + lines(rules.response(self._request.text(b"origin") or ""))
        return Answer(outcome.status, kept, outcome.body, outcome.message, outcome.length)

    def _remember(self, now: float, done_at: float) -> None:
        """Keep what the request's story is told from; bodies are not kept."""
        context, request = self._context, self._request
        context.ended_at = now
        context.done_at = done_at
        if request.body:
            context.body_bytes = len(request.body)
            request.body = b""
            if context.sending is not None:
                head = context.sending.data.partition(b"\r\n\r\n")[0]
                context.sending = Sending(context.sending.addresses, context.sending.method, head)
        self._serving.memory.keep(context)

    def _release(self) -> None:
        context, serving = self._context, self._serving
        if context.forward is not None:
            serving.deadlines.remove(self, context.forward.integration.timeout_s)
            if serving.is_draining:
                serving.finished()
        if self._connecting is not None:
            self._connecting.cancel()
            self._connecting = None
        if self._connection is not None:
            self._connection.give_up()
            self._connection = None
        held = len(self._request.body) + self._held
        if held:
            serving.budget.give_back(held)
            self._held = 0
