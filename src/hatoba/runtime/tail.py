"""What a container wrote to its output file, line by line, exactly once over the lives of the cloud.

The process writes to a file, so it outlives the cloud that reads it. Beside it a small file holds how
many bytes were delivered; the next cloud goes on there. What was delivered is given back to the file
system (Linux), so a chatty task does not fill the disk.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import time
from typing import TYPE_CHECKING

from hatoba.runtime.lines import LineSplitter

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from hatoba.runtime.notify import FileNews

CHUNK_BYTES = 256 * 1024
# News comes with the first write; a little later there is more to read at once.
SETTLE_S = 0.01
_KEEP_BYTES = 4 * 1024 * 1024
_BLOCK_BYTES = 4096
_FALLOC_FL_KEEP_SIZE = 1
_FALLOC_FL_PUNCH_HOLE = 2


class OutputTail:
    """Follows one output file from where the last reader stopped. Made inside the event loop."""

    def __init__(
        self,
        path: Path,
        news: FileNews,
        deliver: Callable[[list[tuple[float, str]]], None],
        now: Callable[[], float] = time.time,
    ) -> None:
        """Begin to follow ``path``, which exists; ``deliver`` gets (epoch seconds, line)s."""
        self._deliver = deliver
        self._now = now
        self._splitter = LineSplitter()
        self._file = os.open(path, os.O_RDWR)
        self._mark = os.open(path.with_suffix(".read"), os.O_RDWR | os.O_CREAT, 0o600)
        self._position = self._delivered = int(os.pread(self._mark, 32, 0) or b"0")
        self._freed = self._delivered - self._delivered % _BLOCK_BYTES
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.Handle | None = None
        self._unwatch = news.watch(path, self._wake)
        self._wake()

    async def finish(self) -> None:
        """Deliver all that was written until now, the last incomplete line too, and let go of the file."""
        end = os.fstat(self._file).st_size
        while self._position < end and self._read():  # noqa: ASYNC110 - gives others their turn
            await asyncio.sleep(0)
        self._tell(self._splitter.flush())
        self.close()

    def close(self) -> None:
        """Let go of the file without reading on. Idempotent."""
        self._unwatch()
        if self._timer is not None:
            self._timer.cancel()
        if self._file >= 0:
            os.close(self._file)
            os.close(self._mark)
            self._file = self._mark = -1

    def _wake(self) -> None:
        if self._timer is None:
            self._timer = self._loop.call_later(SETTLE_S, self._step)

    def _step(self) -> None:
        self._timer = None
        if self._file >= 0 and self._read():
            self._timer = self._loop.call_soon(self._step)

    def _read(self) -> bool:
        """Deliver the lines of the next chunk; say whether there was one."""
        data = os.pread(self._file, CHUNK_BYTES, self._position)
        self._position += len(data)
        self._tell(self._splitter.feed(data))
        return bool(data)

    def _tell(self, lines: list[str]) -> None:
        if not lines:
            return
        at = self._now()
        self._deliver([(at, line) for line in lines])
        self._delivered = self._position - self._splitter.pending
        with contextlib.suppress(OSError):  # a full disk: these lines may come twice after a crash
            os.pwrite(self._mark, b"%-32d" % self._delivered, 0)
        if self._delivered - self._freed >= _KEEP_BYTES:
            self._free()

    def _free(self) -> None:
        end = self._delivered - self._delivered % _BLOCK_BYTES
        punch_hole(self._file, self._freed, end - self._freed)
        self._freed = end


def punch_hole(file: int, offset: int, length: int) -> None:
    """Give a range of a file back to the file system, where the system and the file system can.

    https://man7.org/linux/man-pages/man2/fallocate.2.html
    """
    if sys.platform != "linux":
        return
    import ctypes

    size = ctypes.c_longlong
    ctypes.CDLL(None).fallocate(
        file, _FALLOC_FL_KEEP_SIZE | _FALLOC_FL_PUNCH_HOLE, size(offset), size(length)
    )
