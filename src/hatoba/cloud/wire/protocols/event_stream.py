"""Results that go on: events framed as ``application/vnd.amazon.eventstream``, one by one as they happen.

An operation gives such a member as an asynchronous iterator of ``{event name: its members}``, as boto3
shows them. A :class:`ServiceError` that the iterator raises ends the stream as a modelled exception.
https://smithy.io/2.0/aws/amazon-eventstream.html
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING

import msgspec

from hatoba.cloud.wire.errors import ServiceError
from hatoba.cloud.wire.protocols.writer import unknown_member, wrong

if TYPE_CHECKING:
    from botocore.model import StructureShape

    from hatoba.cloud.wire.protocols.writer import TreeWriter

CONTENT_TYPE = "application/vnd.amazon.eventstream"

_STRING = 7
_CRC_BYTES = 4
_PRELUDE_BYTES = 12


def frame(headers: Mapping[str, str], payload: bytes) -> bytes:
    """Return one message: lengths, headers and payload, each guarded by a checksum."""
    packed = b"".join(_header(name, value) for name, value in headers.items())
    total = _PRELUDE_BYTES + len(packed) + len(payload) + _CRC_BYTES
    prelude = struct.pack("!II", total, len(packed))
    message = prelude + struct.pack("!I", zlib.crc32(prelude)) + packed + payload
    return message + struct.pack("!I", zlib.crc32(message))


def _header(name: str, value: str) -> bytes:
    key, text = name.encode(), value.encode()
    return struct.pack("!B", len(key)) + key + struct.pack("!BH", _STRING, len(text)) + text


async def frames(events: object, shape: StructureShape, writer: TreeWriter) -> AsyncIterator[bytes]:
    """Yield the first message that RPC protocols want, and then one for each event.

    Raises:
        Misfit: An event is not of the model: a bug of the operation.
    """
    yield frame(_names("event", "initial-response"), b"{}")
    if not isinstance(events, AsyncIterator):
        raise wrong(events, "an asynchronous iterator")
    try:
        async for event in events:
            for name, members in event.items():
                yield _event(name, members, shape, writer)
    except ServiceError as error:
        body = msgspec.json.encode({"message": error.message})
        yield frame(_names("exception", error.code), body)


def _event(name: str, members: object, shape: StructureShape, writer: TreeWriter) -> bytes:
    if name not in shape.members:
        raise unknown_member(shape, name)
    tree = writer.of(shape.members[name])(members)
    return frame(_names("event", name), msgspec.json.encode(tree))


def _names(kind: str, name: str) -> dict[str, str]:
    return {":message-type": kind, f":{kind}-type": name, ":content-type": "application/json"}
