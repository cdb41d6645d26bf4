"""A program of its own: makes sockets in another process's network, and hands them over.

``python -I -S enter.py <pid> <socket> <places>``: the places are JSON, ``[[address, port, protocol], …]``;
the sockets are sent through a Unix socket, given by its descriptor or path, in that order. An address that
is not on loopback is given to the network's loopback interface. ``enter.py <pid> -- <command>`` becomes a
command in that network. A process may enter only while it has one
thread, so this is no function of the cloud's. It needs to be root, or the owner of the network's user
namespace; with pid 0 it stands in the network already.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import json
import os
import socket
import struct
import sys
from pathlib import Path

# https://man7.org/linux/man-pages/man2/setns.2.html, netdevice(7)
CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000
SIOCSIFADDR = 0x8916
SIOCSIFNETMASK = 0x891C
OWN = ("127.", "0.0.0.0")
KINDS = {"tcp": socket.SOCK_STREAM, "udp": socket.SOCK_DGRAM}


def enter(pid: int) -> None:
    """Join the network of a process, and before it the user namespace that owns it."""
    libc = ctypes.CDLL(None, use_errno=True)
    for name, kind in (("user", CLONE_NEWUSER), ("net", CLONE_NEWNET)):
        there, here = Path(f"/proc/{pid}/ns/{name}"), Path(f"/proc/self/ns/{name}")
        if there.stat().st_ino == here.stat().st_ino:
            continue
        descriptor = os.open(there, os.O_RDONLY)
        if libc.setns(descriptor, kind) != 0:
            number = ctypes.get_errno()
            raise OSError(number, f"its {name} namespace: {os.strerror(number)}")
        os.close(descriptor)


def give_address(address: str, number: int) -> None:
    """Let the loopback interface have one address more."""
    family = struct.pack("=HH4s8x", socket.AF_INET, 0, socket.inet_aton(address))
    mask = struct.pack("=HH4s8x", socket.AF_INET, 0, socket.inet_aton("255.255.255.255"))
    name = f"lo:{number}".encode().ljust(16, b"\0")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFADDR, name + family + bytes(8))
        fcntl.ioctl(any_socket, SIOCSIFNETMASK, name + mask + bytes(8))


def listen(address: str, port: int, protocol: str) -> socket.socket:
    """Return a socket that takes what is sent to the address."""
    made = socket.socket(socket.AF_INET, KINDS[protocol])
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.bind((address, port))
    if protocol == "tcp":
        made.listen(128)
    return made


def channel(to: str) -> socket.socket:
    """Return the socket to send through."""
    if to.isdecimal():
        return socket.socket(fileno=int(to))
    made = socket.socket(socket.AF_UNIX)
    made.connect(to)
    return made


def main() -> None:
    """Do it; what went wrong is the last line on stderr."""
    pid, to = int(sys.argv[1]), sys.argv[2]
    try:
        if pid:
            enter(pid)
        if to == "--":
            os.execvp(sys.argv[3], sys.argv[3:])  # noqa: S606 - a command of ours, without a shell
        places = json.loads(sys.argv[3])
        for number, address in enumerate(
            sorted({place[0] for place in places if not place[0].startswith(OWN)}), 1
        ):
            with contextlib.suppress(FileExistsError):
                give_address(address, number)
        sockets = [listen(*place) for place in places]
        with channel(to) as sending:
            socket.send_fds(sending, [b"."], [each.fileno() for each in sockets])
    except OSError as error:
        sys.exit(f"{error.strerror or error}")


if __name__ == "__main__":
    main()
