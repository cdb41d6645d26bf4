"""The door to the system's news about files: who appended, without asking again and again.

On Linux by inotify (https://man7.org/linux/man-pages/man7/inotify.7.html), elsewhere by a look at the
file's size 25 times a second.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import struct
import sys
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

POLL_S = 0.04
_EVENT = struct.Struct("iIII")
_IN_MODIFY = 0x2
_IN_NONBLOCK = os.O_NONBLOCK
_IN_CLOEXEC = getattr(os, "O_CLOEXEC", 0)
_BUFFER_BYTES = 64 * 1024


class FileNews(Protocol):
    """Tells when files grow."""

    def watch(self, path: Path, on_growth: Callable[[], None]) -> Callable[[], None]:
        """Call ``on_growth`` on the event loop soon after each write; return how to end that."""

    def close(self) -> None:
        """Tell nothing more."""


def file_news() -> FileNews:
    """Return the best there is on this system; call it inside the running event loop."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            return _Inotify()
    return _Polling()


class _Inotify:
    def __init__(self) -> None:
        import ctypes

        self._libc = ctypes.CDLL(None, use_errno=True)
        self._errno = ctypes.get_errno
        self._fd = self._libc.inotify_init1(_IN_NONBLOCK | _IN_CLOEXEC)
        if self._fd < 0:
            raise OSError(self._errno(), "inotify_init1")
        self._callbacks: dict[int, Callable[[], None]] = {}
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._fd, self._read)

    def watch(self, path: Path, on_growth: Callable[[], None]) -> Callable[[], None]:
        number = self._libc.inotify_add_watch(self._fd, os.fsencode(path), _IN_MODIFY)
        if number < 0:
            raise OSError(self._errno(), f"inotify_add_watch {path}")
        self._callbacks[number] = on_growth

        def end() -> None:
            if self._callbacks.pop(number, None) and self._fd >= 0:
                self._libc.inotify_rm_watch(self._fd, number)

        return end

    def _read(self) -> None:
        try:
            data = os.read(self._fd, _BUFFER_BYTES)
        except BlockingIOError:
            return
        numbers: dict[int, None] = {}
        offset = 0
        while offset < len(data):
            number, _mask, _cookie, name_bytes = _EVENT.unpack_from(data, offset)
            numbers[number] = None
            offset += _EVENT.size + name_bytes
        # -1: events were lost for want of room, so everyone looks.
        for number in tuple(self._callbacks) if -1 in numbers else tuple(numbers):
            callback = self._callbacks.get(number)
            if callback is not None:
                callback()

    def close(self) -> None:
        if self._fd >= 0:
            self._loop.remove_reader(self._fd)
            os.close(self._fd)
            self._fd = -1
            self._callbacks.clear()


class _Polling:
    def __init__(self) -> None:
        self._sizes: dict[Path, int] = {}
        self._callbacks: dict[Path, Callable[[], None]] = {}
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None

    def watch(self, path: Path, on_growth: Callable[[], None]) -> Callable[[], None]:
        self._sizes[path] = _size(path)
        self._callbacks[path] = on_growth
        if self._timer is None:
            self._timer = self._loop.call_later(POLL_S, self._look)
        return lambda: self._end(path)

    def _end(self, path: Path) -> None:
        self._callbacks.pop(path, None)
        self._sizes.pop(path, None)

    def _look(self) -> None:
        self._timer = self._loop.call_later(POLL_S, self._look) if self._callbacks else None
        for path, callback in tuple(self._callbacks.items()):
            size = _size(path)
            if size != self._sizes[path]:
                self._sizes[path] = size
                callback()

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._callbacks.clear()


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
