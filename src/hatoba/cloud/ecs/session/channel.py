"""The conversation over a session's data channel, without I/O: both sides.

::

    client                                    agent
    ── {"TokenValue": …} (text) ────────────→  (the server checks it)
    ←─────────────────── handshake request ──
    ── handshake response ──────────────────→
    ←────────────────── handshake complete ──
    ── input, size, flag ───────────────────→
    ←────────────────────────────── output ──
    ←────────────────────── channel closed ──

Stream messages are numbered from 0 on each side and acknowledged. One that is not, is sent again: the
plugin does not acknowledge output that comes before it is ready to show it.
"""

from __future__ import annotations

import json

import msgspec

from hatoba.cloud.ecs.session import message as m

RESEND_AFTER_S = 0.5
MOST_RESENT = 64
"""How many of the oldest messages are sent again at a time."""
AGENT_VERSION = "3.3.0.0"
_ACKNOWLEDGE_FLAGS = 3
_OUTPUT_OCTETS = 1024
"""The agent's own size of one output message."""


class Typed(msgspec.Struct, frozen=True):
    """Somebody typed."""

    data: bytes


class Resized(msgspec.Struct, frozen=True):
    """The client's terminal has this size."""

    columns: int
    rows: int


class Begun(msgspec.Struct, frozen=True):
    """The handshake is done."""


class Ended(msgspec.Struct, frozen=True):
    """The other side ends the session; why, if it said so."""

    reason: str = ""


Event = Typed | Resized | Begun | Ended


class _Waiting(msgspec.Struct):
    data: bytes
    sent_at: float


class _Stream(msgspec.Struct):
    """What both sides do: number, acknowledge, send again."""

    sends: m.MessageType
    outgoing: list[bytes] = msgspec.field(default_factory=list)
    waiting: dict[int, _Waiting] = msgspec.field(default_factory=dict)
    next_sequence: int = 0
    expected: int = 0

    def send(self, payload_type: int, payload: bytes, now: float) -> None:
        """Send a numbered message."""
        sequence, self.next_sequence = self.next_sequence, self.next_sequence + 1
        data = m.encode(m.new(self.sends, sequence, payload_type, payload, now))
        self.waiting[sequence] = _Waiting(data, now)
        self.outgoing.append(data)

    def send_again(self, now: float) -> None:
        """Send what has waited for its acknowledgement too long."""
        for each in tuple(self.waiting.values())[:MOST_RESENT]:
            if now - each.sent_at >= RESEND_AFTER_S:
                each.sent_at = now
                self.outgoing.append(each.data)

    def take(self, message: m.Message, now: float) -> bool:
        """Acknowledge a numbered message; say whether it is new and next."""
        if message.sequence > self.expected:
            return False  # one before it is missing: it will come again, and this one too
        acknowledged = {
            "AcknowledgedMessageType": message.type,
            "AcknowledgedMessageId": str(message.id),
            "AcknowledgedMessageSequenceNumber": message.sequence,
            "IsSequentialMessage": True,
        }
        payload = json.dumps(acknowledged).encode()
        self.outgoing.append(m.encode(m.new("acknowledge", 0, 0, payload, now, flags=_ACKNOWLEDGE_FLAGS)))
        if message.sequence < self.expected:
            return False
        self.expected += 1
        return True

    def acknowledged(self, message: m.Message) -> None:
        """Send a message no more."""
        self.waiting.pop(_object(message.payload).get("AcknowledgedMessageSequenceNumber", -1), None)

    def taken(self) -> list[bytes]:
        """Return what is to be sent now."""
        outgoing, self.outgoing = self.outgoing, []
        return outgoing


class AgentChannel:
    """The side of the container. ``outgoing`` is taken after each call."""

    def __init__(self, session_id: str) -> None:
        self._session_id = session_id
        self._stream = _Stream("output_stream_data")
        self._began_at = 0.0

    def begin(self, now: float) -> None:
        """Ask for the handshake: the client's token was right."""
        self._began_at = now
        shell = {"SessionType": "Standard_Stream", "Properties": None}
        asked = {
            "AgentVersion": AGENT_VERSION,
            "RequestedClientActions": [{"ActionType": "SessionType", "ActionParameters": shell}],
        }
        self._stream.send(m.HANDSHAKE_REQUEST, json.dumps(asked).encode(), now)

    def receive(self, data: bytes, now: float) -> Event | None:
        """Take a message of the client.

        Raises:
            BadMessage: It is none.
        """
        message = m.decode(data)
        if message.type == "acknowledge":
            self._stream.acknowledged(message)
        if message.type != "input_stream_data" or not self._stream.take(message, now):
            return None
        if message.payload_type == m.HANDSHAKE_RESPONSE:
            return self._complete(message, now)
        if message.payload_type == m.OUTPUT:
            return Typed(message.payload)
        if message.payload_type == m.SIZE:
            size = _object(message.payload)
            return Resized(int(size.get("cols", 0)), int(size.get("rows", 0)))
        if message.payload_type == m.FLAG:
            return Ended() if int.from_bytes(message.payload, "big") == m.TERMINATE_SESSION else None
        return None

    def _complete(self, message: m.Message, now: float) -> Event:
        errors = _object(message.payload).get("Errors")
        if errors:
            return Ended(f"the client refused the session: {errors}")
        took_ns = int((now - self._began_at) * 1e9)
        complete = {"HandshakeTimeToComplete": took_ns, "CustomerMessage": ""}
        self._stream.send(m.HANDSHAKE_COMPLETE, json.dumps(complete).encode(), now)
        return Begun()

    def output(self, data: bytes, now: float) -> None:
        """Show what was written."""
        for start in range(0, len(data), _OUTPUT_OCTETS):
            self._stream.send(m.OUTPUT, data[start : start + _OUTPUT_OCTETS], now)

    def exit_code(self, code: int, now: float) -> None:
        """Tell the command's exit code, to a client that does not print it."""
        self._stream.send(m.EXIT_CODE, str(code).encode(), now)

    def close(self, reason: str, now: float) -> None:
        """End the session; the client shows the reason."""
        closed = {
            "MessageId": "",
            "CreatedDate": str(int(now * 1000)),
            "DestinationId": "",
            "SessionId": self._session_id,
            "MessageType": "channel_closed",
            "SchemaVersion": 1,
            "Output": reason,
        }
        payload = json.dumps(closed).encode()
        self._stream.outgoing.append(m.encode(m.new("channel_closed", 0, 0, payload, now)))

    def tick(self, now: float) -> None:
        """Send again what was not acknowledged."""
        self._stream.send_again(now)

    @property
    def is_acknowledged(self) -> bool:
        """Whether the client has everything."""
        return not self._stream.waiting

    def taken(self) -> list[bytes]:
        """Return what is to be sent now."""
        return self._stream.taken()


class ClientChannel:
    """The side of the terminal: what ``hatoba exec`` speaks."""

    def __init__(self) -> None:
        self._stream = _Stream("input_stream_data")
        self.exit_code: int | None = None

    def receive(self, data: bytes, now: float) -> Event | None:
        """Take a message of the agent; what it wrote is :class:`Typed`.

        Raises:
            BadMessage: It is none.
        """
        message = m.decode(data)
        if message.type == "acknowledge":
            self._stream.acknowledged(message)
        if message.type == "channel_closed":
            return Ended(str(_object(message.payload).get("Output", "")))
        if message.type != "output_stream_data" or not self._stream.take(message, now):
            return None
        if message.payload_type == m.HANDSHAKE_REQUEST:
            actions = [
                {"ActionType": each["ActionType"], "ActionStatus": 1, "ActionResult": None, "Error": ""}
                for each in _object(message.payload)["RequestedClientActions"]
            ]
            response = {"ClientVersion": "hatoba", "ProcessedClientActions": actions, "Errors": None}
            self._stream.send(m.HANDSHAKE_RESPONSE, json.dumps(response).encode(), now)
        elif message.payload_type == m.HANDSHAKE_COMPLETE:
            return Begun()
        elif message.payload_type == m.EXIT_CODE:
            self.exit_code = int(message.payload)
        elif message.payload_type == m.OUTPUT:
            return Typed(message.payload)
        return None

    def type(self, data: bytes, now: float) -> None:
        """Send what was typed."""
        self._stream.send(m.OUTPUT, data, now)

    def resize(self, columns: int, rows: int, now: float) -> None:
        """Tell the terminal's size."""
        self._stream.send(m.SIZE, json.dumps({"cols": columns, "rows": rows}).encode(), now)

    def tick(self, now: float) -> None:
        """Send again what was not acknowledged."""
        self._stream.send_again(now)

    def taken(self) -> list[bytes]:
        """Return what is to be sent now."""
        return self._stream.taken()


def _object(payload: bytes) -> dict[str, m.Json]:
    try:
        found = json.loads(payload)
    except ValueError as error:
        raise m.BadMessage("its payload is not JSON") from error
    if not isinstance(found, dict):
        raise m.BadMessage("its payload is no object")
    return found
