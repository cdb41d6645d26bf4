"""The messages of a session's data channel, as bytes: a header of fixed length and a payload.

https://github.com/aws/session-manager-plugin (src/message)
"""

from __future__ import annotations

import hashlib
import struct
from typing import Any, Literal
from uuid import UUID, uuid4

import msgspec

Json = Any
"""What a payload of JSON holds."""
MessageType = Literal["input_stream_data", "output_stream_data", "acknowledge", "channel_closed"]

# header length, type, schema version, created (ms), sequence number, flags, id, SHA-256, payload type
_HEADER = struct.Struct(">I32sIQqQ16s32sI")
_LENGTH = struct.Struct(">I")
_SCHEMA = 1

OUTPUT = 1
SIZE = 3
HANDSHAKE_REQUEST = 5
HANDSHAKE_RESPONSE = 6
HANDSHAKE_COMPLETE = 7
FLAG = 10
EXIT_CODE = 12
"""Payload types."""

TERMINATE_SESSION = 2
"""A flag."""


class BadMessage(ValueError):
    """These bytes are no message."""


class Message(msgspec.Struct, frozen=True):
    """One message. ``created_ms`` is an epoch millisecond."""

    type: str
    sequence: int
    payload_type: int
    payload: bytes
    created_ms: int
    id: UUID
    flags: int = 0


def new(
    kind: MessageType, sequence: int, payload_type: int, payload: bytes, now: float, *, flags: int = 0
) -> Message:
    """Return a message with an id of its own."""
    return Message(kind, sequence, payload_type, payload, int(now * 1000), uuid4(), flags)


def encode(message: Message) -> bytes:
    """Return a message's bytes."""
    header = _HEADER.pack(
        _HEADER.size,
        message.type.encode().ljust(32),
        _SCHEMA,
        message.created_ms,
        message.sequence,
        message.flags,
        # The id's lower half comes first.
        message.id.bytes[8:] + message.id.bytes[:8],
        hashlib.sha256(message.payload).digest(),
        message.payload_type,
    )
    return header + _LENGTH.pack(len(message.payload)) + message.payload


def decode(data: bytes) -> Message:
    """Return the message that these bytes are.

    Raises:
        BadMessage: They are cut, or the payload is not what its digest says.
    """
    try:
        length, kind, _, created, sequence, flags, identifier, digest, payload_type = _HEADER.unpack_from(
            data
        )
        (size,) = _LENGTH.unpack_from(data, length)
    except struct.error as error:
        raise BadMessage(f"{len(data)} bytes are no message") from error
    payload = data[length + _LENGTH.size :]
    if len(payload) != size or (size and hashlib.sha256(payload).digest() != digest):
        raise BadMessage("its payload is not what its digest says")
    return Message(
        kind.rstrip(b" \0").decode("ascii", "replace"),
        sequence,
        payload_type,
        payload,
        created,
        UUID(bytes=identifier[8:] + identifier[:8]),
        flags,
    )
