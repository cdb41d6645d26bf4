"""The DNS server: one port on loopback, UDP and TCP."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import time
from typing import TYPE_CHECKING, Literal, cast

from hatoba.discovery.protocol import QueryLine

if TYPE_CHECKING:
    from hatoba.discovery.protocol import OnQuery, Resolver
    from hatoba.discovery.wire import Reply

_log = logging.getLogger(__name__)

TCP_IDLE_S = 10.0
"""How long a TCP client may be silent (RFC 7766 asks for seconds)."""

_PORT_TRIES = 20

Address = tuple[str, int]
DnsSockets = tuple[socket.socket, socket.socket]
"""UDP and TCP, on the same port."""


class DnsServer:
    """Answers DNS queries from a resolver's records.

    Args:
        host: An address to listen on, such as ``127.0.0.1``.
        port: 0 lets the system choose; :attr:`port` says which, after :meth:`start`.
        resolver: Who knows the names.
        on_query: Gets a line for each query that was answered.
    """

    def __init__(self, host: str, port: int, resolver: Resolver, *, on_query: OnQuery | None = None) -> None:
        self.host = host
        self.port = port
        self._resolver = resolver
        self._on_query = on_query
        self._udp: asyncio.DatagramTransport | None = None
        self._tcp: asyncio.Server | None = None
        self._clients: set[asyncio.Task[None]] = set()

    async def start(self, bound: DnsSockets | None = None) -> None:
        """Listen, on sockets that are bound already or on new ones. Must be called once.

        Raises:
            OSError: The port is taken; says which.
        """
        udp, tcp = bound or bind_both(self.host, self.port)
        self.port = tcp.getsockname()[1]
        loop = asyncio.get_running_loop()
        self._udp, _ = await loop.create_datagram_endpoint(lambda: _Datagrams(self), sock=udp)
        self._tcp = await asyncio.start_server(self._serve_tcp, sock=tcp)

    async def stop(self) -> None:
        """Stop listening and let go of all clients. May be called twice."""
        if self._udp is not None:
            self._udp.close()
        if self._tcp is not None:
            self._tcp.close()
        for client in tuple(self._clients):
            client.cancel()
        await asyncio.gather(*self._clients, return_exceptions=True)

    def answer(self, packet: bytes, client: Address, transport: Literal["udp", "tcp"]) -> bytes | None:
        """Return the reply to one packet, None where there is none. Never raises for what a client sent."""
        from hatoba.discovery.wire import reply_to

        started = time.perf_counter()
        try:
            reply = reply_to(packet, self._resolver, over_udp=transport == "udp")
        except Exception:  # noqa: BLE001 - the loop's outer edge: one query must not end the server
            _log.exception("a DNS query of %s could not be answered: %s", client[0], packet[:64].hex())
            return _servfail(packet)
        if reply is None:
            return None
        self._note(reply, client, transport, time.perf_counter() - started)
        return reply.wire

    def _note(self, reply: Reply, client: Address, transport: Literal["udp", "tcp"], seconds: float) -> None:
        if self._on_query is not None:
            self._on_query(
                QueryLine(
                    f"{client[0]}:{client[1]}",
                    transport,
                    reply.name,
                    reply.type,
                    reply.status,
                    reply.answers,
                    seconds,
                )
            )

    async def _serve_tcp(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._clients.add(task)
        try:
            with contextlib.suppress(
                asyncio.IncompleteReadError, ConnectionError, TimeoutError, asyncio.CancelledError
            ):
                await self._converse(reader, writer)
        finally:
            self._clients.discard(task)
            writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        client = writer.get_extra_info("peername")[:2]
        while True:
            async with asyncio.timeout(TCP_IDLE_S):
                length = int.from_bytes(await reader.readexactly(2), "big")
                packet = await reader.readexactly(length)
            reply = self.answer(packet, client, "tcp")
            if reply is None:
                return
            writer.write(len(reply).to_bytes(2, "big") + reply)
            async with asyncio.timeout(TCP_IDLE_S):
                await writer.drain()


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, server: DnsServer) -> None:
        self._server = server
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)  # uvloop's are not its subclasses

    def datagram_received(self, data: bytes, addr: Address) -> None:
        reply = self._server.answer(data, addr[:2], "udp")
        if reply is not None and self._transport is not None:
            self._transport.sendto(reply, addr)


def bind_both(host: str, port: int) -> DnsSockets:
    """Return a UDP and a TCP socket on the same port; 0 lets the system choose.

    Raises:
        OSError: The port is taken; its ``strerror`` says which, and what to try.
    """
    for _ in range(1 if port else _PORT_TRIES):
        tcp = _bind(host, port, socket.SOCK_STREAM)
        try:
            return _bind(host, tcp.getsockname()[1], socket.SOCK_DGRAM), tcp
        except OSError as error:
            tcp.close()
            taken = error
    raise taken


def _bind(host: str, port: int, kind: socket.SocketKind) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    protocol = socket.IPPROTO_TCP if kind == socket.SOCK_STREAM else socket.IPPROTO_UDP
    bound = socket.socket(family, kind, protocol)  # asyncio turns Nagle off only where the protocol is said
    try:
        if kind == socket.SOCK_STREAM:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.setblocking(False)
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        name = "TCP" if kind == socket.SOCK_STREAM else "UDP"
        raise OSError(
            error.errno,
            f"The DNS server cannot listen on {host}:{port} ({name}): {error.strerror}."
            " Stop what listens there, or choose another DNS port.",
        ) from error
    return bound


def _servfail(packet: bytes) -> bytes:
    return packet[:2] + bytes([0x80 | (packet[2] & 0x79), 2]) + bytes(8)
