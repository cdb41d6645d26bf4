"""Ids of requests and of traces, made many at a time: the system is asked for randomness once for all."""

from __future__ import annotations

import os
from binascii import b2a_base64
from functools import lru_cache
from typing import final

AT_ONCE = 256

_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_SEVEN_BITS = bytes(range(128)) * 2


@final
class Ids:
    """New ids, none of which can be guessed from another."""

    def __init__(self) -> None:
        self._requests: list[str] = []
        self._traces: list[bytes] = []

    def request(self) -> str:
        """Return an id of the look of API Gateway's: 16 characters that end in ``=``."""
        if not self._requests:
            self._requests = _request_ids()
        return self._requests.pop()

    def trace(self, now: float) -> bytes:
        """Return an X-Ray id of a request at epoch ``now``.

        https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-traces
        """
        if not self._traces:
            digits = os.urandom(12 * AT_ONCE).hex().encode("ascii")
            self._traces = [digits[at : at + 24] for at in range(0, len(digits), 24)]
        return _second(int(now)) + self._traces.pop()


def _request_ids() -> list[str]:
    """Return the base64 of 11 random bytes, many times: each is padded by a zero byte, whose digit goes.

    None begins with ``-``, which only a byte above 127 gives: a command would take it for an option.
    """
    data = bytearray(os.urandom(12 * AT_ONCE))
    data[::12] = data[::12].translate(_SEVEN_BITS)
    data[11::12] = bytes(AT_ONCE)
    digits = b2a_base64(data, newline=False).translate(_URL_SAFE).decode("ascii")
    return [digits[at : at + 15] + "=" for at in range(0, len(digits), 16)]


@lru_cache(maxsize=4)
def _second(second: int) -> bytes:
    return b"1-%08x-" % second
