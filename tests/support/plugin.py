"""What session-manager-plugin says and does in a shell session, as small as it can be.

Written from the plugin's message format and data channel (github.com/aws/session-manager-plugin), and
sharing nothing with ours.
"""

from __future__ import annotations

import hashlib
import json
import struct
import time
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

HEADER = ">I32sIQqQ"
LENGTH_OF_HEADER = 116
WITHIN_S = 30.0


class Plugin:
    """One session's client. ``shown`` is what a user would have seen, ``closed`` the last message."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, *, is_slow: bool = False) -> None:
        self._socket = socket
        self._sent = 0
        self._expected = 0
        self._ignored = 1 if is_slow else 0
        self._early: dict[int, tuple[int, bytes]] = {}
        self.shown = ""
        self.acknowledged: set[int] = set()
        self.session_type: str | None = None
        self.is_ready = False
        self.closed: Mapping[str, Any] | None = None

    async def send(self, payload_type: int, payload: bytes) -> None:
        """Send an input_stream_data message."""
        await self._write("input_stream_data", self._sent, 0, payload_type, payload)
        self._sent += 1

    async def type(self, text: str) -> None:
        await self.send(1, text.encode())

    async def until(self, text: str) -> str:
        """Read until a text was shown, or the session is closed; return all that was shown."""
        while text not in self.shown and self.closed is None:
            await self.read()
        return self.shown

    async def until_ready(self) -> None:
        """Read until the handshake is done; the plugin takes no key before."""
        while not self.is_ready:
            await self.read()

    async def until_closed(self) -> Mapping[str, Any]:
        while self.closed is None:
            await self.read()
        return self.closed

    async def read(self) -> None:
        """Take one message, as the plugin does."""
        message = await self._socket.receive(WITHIN_S)
        assert message.type is aiohttp.WSMsgType.BINARY, message
        data: bytes = message.data
        length, kind, version, created, sequence, _ = struct.unpack_from(HEADER, data)
        identifier, digest = data[64:80], data[80:112]
        (payload_type,) = struct.unpack_from(">I", data, length - 4)
        (size,) = struct.unpack_from(">I", data, length)
        payload = data[length + 4 :]
        assert (length, version, size) == (LENGTH_OF_HEADER, 1, len(payload))
        assert created > 0
        assert not size or hashlib.sha256(payload).digest() == digest
        name = kind.strip(b"\0 ").decode()
        if name == "acknowledge":
            self.acknowledged.add(json.loads(payload)["AcknowledgedMessageSequenceNumber"])
        elif name == "channel_closed":
            self.closed = json.loads(payload)
        else:
            assert name == "output_stream_data"
            await self._take(sequence, identifier, payload_type, payload)

    async def _take(self, sequence: int, identifier: bytes, payload_type: int, payload: bytes) -> None:
        if sequence < self._expected:
            return  # known already: not even acknowledged again
        if sequence > self._expected:
            self._early[sequence] = (payload_type, payload)
        elif payload_type == 1 and self._ignored:
            self._ignored -= 1  # "session handler is not ready": not acknowledged
            return
        else:
            await self._handle(payload_type, payload)
            self._expected += 1
            while self._expected in self._early:
                await self._handle(*self._early.pop(self._expected))
                self._expected += 1
        acknowledged = {
            "AcknowledgedMessageType": "output_stream_data",
            "AcknowledgedMessageId": str(uuid.UUID(bytes=identifier[8:] + identifier[:8])),
            "AcknowledgedMessageSequenceNumber": sequence,
            "IsSequentialMessage": True,
        }
        await self._write("acknowledge", 0, 3, 0, json.dumps(acknowledged).encode())

    async def _handle(self, payload_type: int, payload: bytes) -> None:
        if payload_type == 5:
            (action,) = json.loads(payload)["RequestedClientActions"]
            self.session_type = action["ActionParameters"]["SessionType"]
            processed = {"ActionType": action["ActionType"], "ActionStatus": 1, "ActionResult": None}
            response = {"ClientVersion": "1.2.553.0", "ProcessedClientActions": [processed], "Errors": None}
            await self.send(6, json.dumps(response).encode())
        elif payload_type == 7:
            self.is_ready = True
            await self.send(3, json.dumps({"cols": 100, "rows": 30}).encode())
        else:
            assert payload_type == 1, payload_type
            self.shown += payload.decode(errors="replace")

    async def _write(self, kind: str, sequence: int, flags: int, payload_type: int, payload: bytes) -> None:
        identifier = uuid.uuid4().bytes
        head = struct.pack(
            HEADER,
            LENGTH_OF_HEADER,
            kind.encode().ljust(32),
            1,
            int(time.time() * 1000),
            sequence,
            flags,
        )
        rest = struct.pack(">II", payload_type, len(payload))
        digest = hashlib.sha256(payload).digest()
        await self._socket.send_bytes(head + identifier + digest + rest + payload)


@asynccontextmanager
async def joined(session: Mapping[str, str], *, is_slow: bool = False) -> AsyncIterator[Plugin]:
    """Join a session that ExecuteCommand answered."""
    async with (
        aiohttp.ClientSession() as client,
        client.ws_connect(session["streamUrl"]) as socket,
    ):
        opening = {
            "MessageSchemaVersion": "1.0",
            "RequestId": str(uuid.uuid4()),
            "TokenValue": session["tokenValue"],
            "ClientId": str(uuid.uuid4()),
            "ClientVersion": "1.2.553.0",
        }
        await socket.send_str(json.dumps(opening))
        yield Plugin(socket, is_slow=is_slow)
