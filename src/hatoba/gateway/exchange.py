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
from typing import TYPE_CHECKING, Protocol

from hatoba.gateway.answers import Answer, refuse, response_type, write
from hatoba.gateway.backend import Failure
from hatoba.gateway.context import Context
from hatoba.gateway.decide import Forward, decide
from hatoba.gateway.forward import Sending, answer, answer_balanced, compose, no_target_error
from hatoba.gateway.headers import lines
from hatoba.gateway.pool import LONGEST_IDLE_S
from hatoba.gateway.records import AccessLogLine
from hatoba.gateway.story import Kept

if TYPE_CHECKING:
    import asyncio

    from hatoba.gateway.backend import BackendConnection
    from hatoba.gateway.cors import CorsRules
    from hatoba.gateway.picture import Address, ServedApi, ServedStage
    from hatoba.gateway.plain import Reply
    from hatoba.gateway.request import Request
    from hatoba.gateway.serving import Serving

_log = logging.getLogger(__name__)

_SAFE_TO_REPEAT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
_FRESH_S = 0.25
"""A request that must not be sent twice goes only on a connection that was in use a moment ago."""


class Client(Protocol):
    """Who asked."""

    source_ip: str
    port: int

    def answered(self, data: bytes) -> None:
        """Take the written answer. Called once for each request, unless the client went away."""


class Exchange:
    """One request, from the moment it is whole to the moment its answer is written."""

    _stage: ServedStage | None = None
    _forward: Forward | None = None
    _sending: Sending | None = None
    _sent_at = 0.0
    _written_at = 0.0
    _replied_at = 0.0
    _next_address = 0
    _repeated = False
    _reply_size = 0
    _connection: BackendConnection | None = None
    _connecting: asyncio.Task[None] | None = None

    def __init__(
        self, serving: Serving, client: Client, api: ServedApi | None, request: Request, *, keep_alive: bool
    ) -> None:
        self._serving = serving
        self._client = client
        self._api = api
        self._request = request
        self._keep_alive = keep_alive
        now = time.time()
        self._context = Context(request, serving.ids.request(), client.source_ip, now)
        self._context.trace = serving.ids.trace(now)

    def begin(self) -> None:
        """Decide and act. A fault of our own is one request's 500, never a client that waits for ever."""
        try:
            self._begin()
        except Exception:  # noqa: BLE001 - one request's outer edge
            self._break()

    def _break(self) -> None:
        _log.exception("request %s: a fault of the gateway's own", self._context.request_id)
        self._fail(500, "The gateway failed; its log says how")

    def _begin(self) -> None:
        if self._api is None:
            self._finish(refuse(404))
            return
        serving = self._serving
        decision = decide(self._api, self._context, self._context.requested_at, serving.time())
        self._stage = decision.stage
        if isinstance(decision.outcome, Answer):
            self._finish(decision.outcome)
            return
        self._forward = decision.outcome
        assert self._stage is not None
        self._sending = compose(self._forward, self._stage, self._context, self._client.port)
        self._sent_at = serving.time()
        if self._sending.said is not None:
            self._finish(answer_balanced(self._forward, self._stage, self._context, self._sending.said))
            return
        if not self._sending.addresses:
            # A Network Load Balancer without targets takes no connection.
            self._fail(
                500 if self._forward.integration.balancer is None else 503, no_target_error(self._forward)
            )
            return
        serving.deadlines.add(self, self._sent_at, self._forward.integration.timeout_s)
        self._try(self._sending.addresses[0])

    def abort(self) -> None:
        """The client went away: so does the request to the back end."""
        self._release()
        self._remember(time.time(), self._serving.time())

    def _try(self, address: Address) -> None:
        assert self._sending is not None
        longest_idle_s = LONGEST_IDLE_S if self._sending.method in _SAFE_TO_REPEAT else _FRESH_S
        connection = self._serving.pool.take(address, longest_idle_s)
        if connection is None:
            self._connecting = self._serving.loop.create_task(self._connect(address))
        else:
            self._send(connection)

    async def _connect(self, address: Address) -> None:
        try:
            connection = await self._serving.pool.connect(address)
        except ssl.SSLError as error:
            self._connecting = None
            self._fail(500, f"TLS to the integration failed: {error.reason or error}")
        except (OSError, ValueError) as error:  # ValueError: a name or port that no connection can have
            self._connecting = None
            self._try_next(error)
        else:
            self._connecting = None
            self._send(connection)

    def _send(self, connection: BackendConnection) -> None:
        assert self._sending is not None
        self._connection = connection
        self._written_at = self._serving.time()
        connection.send(self, self._sending.data, head=self._sending.method == "HEAD")

    def _try_next(self, error: OSError | ValueError) -> None:
        """Nothing was sent: another instance may take the request."""
        assert self._sending is not None
        self._next_address += 1
        if self._next_address < len(self._sending.addresses):
            self._try(self._sending.addresses[self._next_address])
        else:
            self._fail_integration(503, f"The integration cannot be reached: {error}")

    def replied(self, reply: Reply) -> None:
        """Take the back end's whole response."""
        assert self._forward is not None
        assert self._stage is not None
        self._connection = None
        self._replied_at = self._serving.time()
        self._reply_size = len(reply.body)
        try:
            outcome = answer(self._forward, self._stage, self._context, reply)
        except Exception:  # noqa: BLE001 - one request's outer edge
            self._break()
        else:
            self._finish(outcome)

    def failed(self, failure: Failure) -> None:
        """Take note that no response will come; once more on a new connection, where that is safe."""
        assert self._sending is not None
        self._connection = None
        if failure is Failure.STALE and not self._repeated and self._sending.method in _SAFE_TO_REPEAT:
            self._repeated = True
            address = self._sending.addresses[self._next_address]
            self._connecting = self._serving.loop.create_task(self._connect(address))
            return
        self._fail_integration(500 if failure is Failure.TOO_LARGE else 503, failure.value)

    def time_out(self) -> None:
        """Give the back end up."""
        assert self._forward is not None
        timeout_ms = self._forward.integration.config.timeout_ms
        self._fail(503, f"The integration did not answer within {timeout_ms} ms")

    def _fail_integration(self, status: int, error: str) -> None:
        """No target answered: a load balancer in between says so in its own words."""
        assert self._sending is not None
        assert self._forward is not None
        assert self._stage is not None
        if self._sending.no_answer is None or status != 503:  # noqa: PLR2004 - service unavailable
            self._fail(status, error)
            return
        self._context.integration_error = error
        self._finish(answer_balanced(self._forward, self._stage, self._context, self._sending.no_answer))

    def _fail(self, status: int, error: str) -> None:
        self._context.integration_error = error
        self._finish(refuse(status))

    def _finish(self, outcome: Answer) -> None:
        context, request = self._context, self._request
        now = time.time()
        ended_at = self._serving.time()
        if self._forward is not None:
            context.integration_latency_ms = int((ended_at - self._sent_at) * 1000)
        if outcome.message is not None:
            context.error_message = outcome.message
            context.error_type = response_type(outcome.status)
        is_head = request.method == "HEAD"
        context.status = outcome.status
        context.response_length = 0 if is_head else len(outcome.body)
        context.response_latency_ms = int((ended_at - request.received_at) * 1000)
        if self._stage is not None and self._stage.cors is not None and b"origin" in request.fields:
            kept = outcome.lines + self._cors(self._stage.cors, outcome)
            outcome = Answer(outcome.status, kept, outcome.body, outcome.message, outcome.length)
        data = write(outcome, context.request_id, now, head=is_head, keep_alive=self._keep_alive)
        self._log(now)
        self._release()
        self._remember(now, ended_at)
        self._client.answered(data)

    def _cors(self, rules: CorsRules, outcome: Answer) -> bytes:
        is_preflight = outcome.status == 204 and self._forward is None  # noqa: PLR2004 - answered by us
        return b"" if is_preflight else lines(rules.response(self._request.text(b"origin") or ""))

    def _log(self, now: float) -> None:
        stage = self._stage
        if stage is None or stage.log is None or self._api is None:
            return
        line = stage.log.render(self._context)
        self._serving.journal.add(AccessLogLine(stage.destination, self._api.api_id, stage.name, now, line))

    def _remember(self, now: float, done_at: float) -> None:
        """Keep what the request's story is told from; bodies are not kept."""
        request, sending = self._request, self._sending
        body_bytes = len(request.body)
        sent = b"" if sending is None else sending.data
        if body_bytes:
            request.body = b""
            sent = sent.partition(b"\r\n\r\n")[0]
        self._serving.memory.keep(
            Kept(
                self._context,
                now,
                body_bytes,
                self._forward,
                () if sending is None else sending.addresses,
                self._next_address,
                self._repeated,
                sent,
                self._sent_at,
                self._written_at,
                self._replied_at,
                done_at,
            )
        )

    def _release(self) -> None:
        if self._sending is not None:
            assert self._forward is not None
            self._serving.deadlines.remove(self, self._forward.integration.timeout_s)
            self._serving.finished()
        if self._connecting is not None:
            self._connecting.cancel()
            self._connecting = None
        if self._connection is not None:
            self._connection.give_up()
            self._connection = None
        self._serving.budget.give_back(len(self._request.body) + self._reply_size)
        self._reply_size = 0
