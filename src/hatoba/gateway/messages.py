"""What the cloud and the gateway process say to each other: MessagePack, each message after its length.

::

    cloud    ── Hello(token) ─────────→ gateway     once, first
    gateway  ── Welcome ──────────────→ cloud       what it serves already
    cloud    ── Serve(snapshot) ──────→ gateway     Serving(version) or NotServed(version, why)
    gateway  ── Lines(number, lines) ─→ cloud       Taken(number) when the cloud has kept them
    cloud    ── Recall(number, …) ────→ gateway     Recalled(number, stories)
    cloud    ── Count(number) ────────→ gateway     Counted(number, requests to target groups, in flight)
    cloud    ── Drain ────────────────→ gateway     finish what runs, deliver the last lines, end
"""

from __future__ import annotations

import struct
from typing import TypeAlias

import msgspec

from hatoba.gateway.records import AccessLogLine, Story  # noqa: TC001 - decoded by their annotations
from hatoba.gateway.snapshot import Snapshot  # noqa: TC001 - the same

GENERATION = 7
"""Changes when the two ends of different hatoba versions would not understand each other."""

LARGEST_MESSAGE = 512 * 1024 * 1024
_LENGTH = struct.Struct(">I")


class Hello(msgspec.Struct, tag=True, frozen=True):
    """Proves that the caller may command: the token of the run file."""

    token: str


class Serve(msgspec.Struct, tag=True, frozen=True):
    """Serve this from now on."""

    snapshot: Snapshot


class Taken(msgspec.Struct, tag=True, frozen=True):
    """The batch of this number is kept; the gateway may forget it."""

    number: int


class Recall(msgspec.Struct, tag=True, frozen=True):
    """Tell what became of the request of this id, or of the last ones that ended after a moment."""

    number: int
    request_id: str | None
    after: float
    limit: int


class Count(msgspec.Struct, tag=True, frozen=True):
    """Tell how many requests each target group got, and how many are in flight where."""

    number: int


class Drain(msgspec.Struct, tag=True, frozen=True):
    """Finish and end."""


class Welcome(msgspec.Struct, tag=True, frozen=True):
    """The link stands. ``version`` is the snapshot served, -1 for none; ``ports`` are listened on."""

    generation: int
    version: int
    ports: tuple[int, ...] = ()


class Serving(msgspec.Struct, tag=True, frozen=True):
    """Requests are answered by this version."""

    version: int


class NotServed(msgspec.Struct, tag=True, frozen=True):
    """This version cannot be served; the one before goes on."""

    version: int
    why: str


class Lines(msgspec.Struct, tag=True, frozen=True):
    """A batch of access-log lines; ``dropped`` were lost before it."""

    number: int
    lines: tuple[AccessLogLine, ...]
    dropped: int = 0


class Recalled(msgspec.Struct, tag=True, frozen=True):
    """The stories that were asked for, the oldest first."""

    number: int
    stories: tuple[Story, ...]


class Counted(msgspec.Struct, tag=True, frozen=True):
    """Requests to target groups since the process began, by ARN; those in flight, by ``host:port``."""

    number: int
    requests: dict[str, int]
    in_flight: dict[str, int]


ToGateway: TypeAlias = Hello | Serve | Taken | Recall | Count | Drain
ToCloud: TypeAlias = Welcome | Serving | NotServed | Lines | Recalled | Counted

_encoder = msgspec.msgpack.Encoder()
decode_to_gateway = msgspec.msgpack.Decoder(Hello | Serve | Taken | Recall | Count | Drain).decode
decode_to_cloud = msgspec.msgpack.Decoder(Welcome | Serving | NotServed | Lines | Recalled | Counted).decode


def frame(message: ToGateway | ToCloud) -> bytes:
    """Return a message as it goes over the link."""
    body = _encoder.encode(message)
    return _LENGTH.pack(len(body)) + body


class Frames:
    """Cuts what arrives into messages."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """Return the messages that are complete now.

        Raises:
            ValueError: A length beyond all reason: the other end does not speak this protocol.
        """
        self._buffer += data
        found: list[bytes] = []
        at = 0
        while len(self._buffer) - at >= _LENGTH.size:
            (size,) = _LENGTH.unpack_from(self._buffer, at)
            if size > LARGEST_MESSAGE:
                raise ValueError(f"a message of {size} bytes")
            end = at + _LENGTH.size + size
            if len(self._buffer) < end:
                break
            found.append(bytes(self._buffer[at + _LENGTH.size : end]))
            at = end
        del self._buffer[:at]
        return found
