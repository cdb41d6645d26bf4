"""Who opened a connection to this machine's loopback: the task that a process belongs to. The door to /proc.

::

    the connection's two ends ─→ /proc/net/tcp{,6}: the socket ─→ /proc/<pid>/fd ─→ that process's task

A process of a task, and whatever it started, has the task's mark in its environment; one that was given
another environment is known by the process that leads its session. Linux only.
https://man7.org/linux/man-pages/man5/proc_net.5.html
"""

from __future__ import annotations

import contextlib
import socket
import struct
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from hatoba.runtime.environment import PROJECT_MARK, TASK_MARK
from hatoba.runtime.records import project_mark

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PROC = Path("/proc")
_LOCAL, _REMOTE, _INODE = 1, 2, 9
"""Columns of /proc/net/tcp."""
_SESSION = 3
"""Where a process's session stands in /proc/<pid>/stat, counted from behind its name."""


class Connection(msgspec.Struct, frozen=True):
    """A TCP connection over IPv4, as the one who accepted it sees it: the caller's address, and its own."""

    caller: tuple[str, int]
    accepted_at: tuple[str, int]


class CallerGone(Exception):
    """The caller has closed the connection already: nobody can say any more who it was."""


class Callers:
    """Knows the tasks of one project by their processes."""

    def __init__(self, folder: Path) -> None:
        """``folder`` is the project's ``.hatoba``."""
        self._mark = f"{PROJECT_MARK}={project_mark(folder)}".encode()
        self._seen: dict[int, str] = {}

    @staticmethod
    def why_unknown() -> str | None:
        """Return why callers cannot be told apart on this machine; None where they can."""
        if sys.platform == "linux" and (PROC / "net/tcp").exists():
            return None
        return "who opens a connection can be seen on Linux only"

    def task_of(self, connection: Connection) -> str | None:
        """Return the id of the task that opened a connection; None: no task of this project did.

        Takes some milliseconds: not to be called on the event loop's thread.

        Raises:
            CallerGone: It is closed.
        """
        inode = _inode(connection)
        if inode is None:
            raise CallerGone
        wanted = f"socket:[{inode}]"
        seen = tuple(self._seen.items())  # other threads add to it meanwhile
        for pid, task in seen:
            if _holds(pid, wanted) and self._task(pid) == task:
                return task
        self._seen = {pid: task for pid, task in seen if (PROC / str(pid)).exists()}
        for pid in _pids():
            task_id = self._task(pid)
            if task_id is not None and _holds(pid, wanted):
                self._seen[pid] = task_id
                return task_id
        if _inode(connection) is None:
            raise CallerGone
        return None

    def _task(self, pid: int) -> str | None:
        return self._marked(pid) or self._marked(_session(pid))

    def _marked(self, pid: int) -> str | None:
        """Return the task whose mark a process bears."""
        try:
            variables = (PROC / str(pid) / "environ").read_bytes().split(b"\0")
        except OSError:
            return None
        if self._mark not in variables:
            return None
        name = f"{TASK_MARK}=".encode()
        return next((each.removeprefix(name).decode() for each in variables if each.startswith(name)), None)


def _inode(connection: Connection) -> str | None:
    """Return the caller's socket; None where there is none any more."""
    ours = _places(connection.caller)
    theirs = _places(connection.accepted_at)
    for file, caller, accepted_at in zip(("tcp", "tcp6"), ours, theirs, strict=True):
        with contextlib.suppress(OSError), (PROC / "net" / file).open() as lines:
            for line in lines:
                # Most lines are other connections: they are not taken apart.
                if caller in line:
                    columns = line.split()
                    if columns[_LOCAL] == caller and columns[_REMOTE] == accepted_at:
                        return columns[_INODE] if columns[_INODE] != "0" else None
    return None


def _places(address: tuple[str, int]) -> tuple[str, str]:
    """Return an address as the kernel writes it: for IPv4's sockets, and for IPv6's that reach IPv4."""
    (number,) = struct.unpack("=I", socket.inet_aton(address[0]))
    ipv4, port = f"{number:08X}", f"{address[1]:04X}"
    (mapped,) = struct.unpack("=I", b"\0\0\xff\xff")
    return f"{ipv4}:{port}", f"{0:016X}{mapped:08X}{ipv4}:{port}"


def _pids() -> Iterable[int]:
    return (int(each.name) for each in PROC.iterdir() if each.name.isdecimal())


def _session(pid: int) -> int:
    try:
        after_name = (PROC / str(pid) / "stat").read_text().rpartition(")")[2]
    except OSError:
        return 0
    return int(after_name.split()[_SESSION])


def _holds(pid: int, wanted: str) -> bool:
    return any(link == wanted for link in _links(PROC / str(pid) / "fd"))


def _links(folder: Path) -> Iterator[str]:
    with contextlib.suppress(OSError):
        for each in folder.iterdir():
            with contextlib.suppress(OSError):
                yield str(each.readlink())
