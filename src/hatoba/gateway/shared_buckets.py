"""Token buckets that the workers of one gateway share: the tokens lie in a file that all of them map.

A lock on the file guards each taking. The kernel takes it back from a worker that dies with it, so no
worker ever waits for a dead one. Only routes that are throttled pay for it, some microseconds.
"""

from __future__ import annotations

import fcntl
import hashlib
import mmap
import os
import struct
from typing import TYPE_CHECKING

from hatoba.gateway.throttle import Bucket, Throttling, take

if TYPE_CHECKING:
    from pathlib import Path

    from hatoba.gateway.snapshot import Throttle

SLOTS = 16_384
_DIGEST_BYTES = 16
_SLOT = struct.Struct(f"{_DIGEST_BYTES}sdd")
"""Whose it is; the tokens; when they were counted, in monotonic seconds, which all processes agree on."""
_STATE = struct.Struct("dd")
_FREE = bytes(_DIGEST_BYTES)


class SharedBuckets:
    """The file, and the buckets in it. A bucket is found by its route's name and limits."""

    def __init__(self, path: Path) -> None:
        self.descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        os.ftruncate(self.descriptor, SLOTS * _SLOT.size)  # which keeps what is there
        self.memory = mmap.mmap(self.descriptor, SLOTS * _SLOT.size)

    def bucket(self, limits: Throttle, now: float, name: str) -> Throttling:
        """Return the bucket of this name, full if no worker has it yet; our own if there is no room."""
        digest = hashlib.blake2b(
            f"{name}\n{limits.rate}\n{limits.burst}".encode(), digest_size=_DIGEST_BYTES
        ).digest()
        first = int.from_bytes(digest[:4], "big")
        fcntl.flock(self.descriptor, fcntl.LOCK_EX)
        try:
            for step in range(SLOTS):
                at = (first + step) % SLOTS * _SLOT.size
                owner = self.memory[at : at + _DIGEST_BYTES]
                if owner == _FREE:
                    _SLOT.pack_into(self.memory, at, digest, float(limits.burst), now)
                if owner in (_FREE, digest):
                    return _SharedBucket(limits, self, at + _DIGEST_BYTES)
        finally:
            fcntl.flock(self.descriptor, fcntl.LOCK_UN)
        return Bucket(limits, now)

    def close(self) -> None:
        """Let go of the file."""
        self.memory.close()
        os.close(self.descriptor)


class _SharedBucket:
    def __init__(self, limits: Throttle, file: SharedBuckets, at: int) -> None:
        self.limits = limits
        self._file = file
        self._at = at

    def take(self, now: float) -> bool:
        """Take a token, see :meth:`hatoba.gateway.throttle.Throttling.take`."""
        file = self._file
        fcntl.flock(file.descriptor, fcntl.LOCK_EX)
        try:
            tokens, at = _STATE.unpack_from(file.memory, self._at)
            taken, tokens, at = take(self.limits, tokens, at, now)
            _STATE.pack_into(file.memory, self._at, tokens, at)
        finally:
            fcntl.flock(file.descriptor, fcntl.LOCK_UN)
        return taken
