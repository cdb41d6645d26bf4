"""The door to a container engine: the Docker API of Docker or Podman. Only here aiodocker is imported."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import struct
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import aiodocker
import aiohttp
import msgspec

from hatoba.runtime.engine_stats import nanoseconds, usage_of
from hatoba.runtime.protocol import EXECUTED_OUTPUT_LIMIT

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Mapping, Sequence

    from aiodocker.execs import Exec

    from hatoba.runtime.protocol import Usage

_ANSWERS_WITHIN_S = 60.0
_CALL_TIMEOUT = aiohttp.ClientTimeout(total=_ANSWERS_WITHIN_S, sock_connect=5)
_STREAM_TIMEOUT = aiohttp.ClientTimeout(total=None, sock_connect=5)
_LOOK_EVERY_S = 0.02
_NOT_CONNECTED = 900
_NOT_FOUND = 404
_NOT_MODIFIED = 304
_FRAME_HEADER = struct.Struct(">BxxxL")

Config = dict[str, Any]
"""A body of the Docker API. https://docs.docker.com/reference/api/engine/"""


class EngineError(Exception):
    """The engine refused; the text is its own."""


class EngineGone(EngineError):
    """The engine does not answer."""


class EngineTimedOut(EngineGone):
    """The engine took a call and did not answer it in time."""


class ContainerState(msgspec.Struct, frozen=True):
    """How a container stands."""

    running: bool
    exit_code: int
    out_of_memory: bool


class LocalImage(msgspec.Struct, frozen=True):
    """An image in the engine, and the digests that it is known by (``name@sha256:…``)."""

    id: str
    digests: tuple[str, ...]


class Place(msgspec.Struct, frozen=True):
    """A running container on this machine: its first process, and its address in the engine's network."""

    pid: int
    address: str
    gateway: str


class Listed(msgspec.Struct, frozen=True):
    """A container in a list."""

    container_id: str
    labels: Mapping[str, str]
    running: bool


class Frame(msgspec.Struct, frozen=True):
    """What a container wrote at once: stdout (1) or stderr (2), with the engine's time stamp in ns."""

    stream: int
    at_ns: int
    data: bytes


class Engine:
    """One engine. Made inside the event loop."""

    def __init__(self, url: str) -> None:
        """Talk to ``unix://…`` or ``tcp://…``; nothing is sent yet."""
        parts = urlsplit(url)
        is_unix = parts.scheme == "unix"
        # No limit: a stream of output is open for each running container.
        connector = aiohttp.UnixConnector(parts.path, limit=0) if is_unix else aiohttp.TCPConnector(limit=0)
        self._session = aiohttp.ClientSession(connector=connector, timeout=_CALL_TIMEOUT)
        self._cpus = 0
        self._base = "http://localhost" if is_unix else f"http://{parts.netloc}"
        self._docker = aiodocker.Docker(
            self._base, connector=connector, session=self._session, timeout=_CALL_TIMEOUT
        )

    async def close(self) -> None:
        """Let go of every connection."""
        await self._docker.close()
        await self._session.close()

    async def architecture(self) -> str:
        """Return the machine that images must be made for, such as ``x86_64`` or ``aarch64``."""
        with _translated():
            return str((await self._docker.system.info())["Architecture"])

    async def cpus(self) -> int:
        """Return how many CPUs its machine has; Docker makes no container that may use more."""
        if not self._cpus:
            with _translated():
                self._cpus = int((await self._docker.system.info())["NCPU"])
        return self._cpus

    async def image(self, reference: str) -> LocalImage | None:
        """Return an image; None when it is not here."""
        try:
            with _translated():
                found = await self._docker.images.inspect(reference)
        except _NotFound:
            return None
        return LocalImage(str(found["Id"]), tuple(found.get("RepoDigests") or ()))

    async def pull(self, reference: str) -> None:
        """Fetch an image from its registry."""
        with _translated():
            async for _ in self._docker.images.pull(reference, stream=True, timeout=None):
                pass

    async def load(self, archive: bytes) -> None:
        """Take an image from a docker-archive tarball."""
        with _translated():
            await self._docker.images.import_image(archive)

    async def create(self, name: str, config: Config) -> str:
        """Create a container and return its id."""
        with _translated():
            return str((await self._docker.containers.create(config, name=name)).id)

    async def start(self, container_id: str) -> None:
        """Start a container."""
        with _translated():
            await self._docker.containers.container(container_id).start()

    async def stop(self, container_id: str, timeout_s: int) -> None:
        """Send the stop signal and, after the time-out, SIGKILL; return when it ended or is not there."""
        with contextlib.suppress(_NotFound), _translated():
            within = aiohttp.ClientTimeout(total=timeout_s + _ANSWERS_WITHIN_S, sock_connect=5)
            await self._docker.containers.container(container_id).stop(t=timeout_s, timeout=within)

    async def remove(self, container_id: str) -> None:
        """Remove a container, running or not, with its anonymous volumes; fine when it is not there."""
        with contextlib.suppress(_NotFound), _translated():
            await self._docker.containers.container(container_id).delete(force=True, v=True)

    async def remove_all(self, containers: Iterable[Listed], label: str) -> None:
        """Remove containers; those without ``label`` last, for the others may lean on them."""
        for each in sorted(containers, key=lambda each: label not in each.labels):
            await self.remove(each.container_id)

    async def state(self, container_id: str) -> ContainerState | None:
        """Return how a container stands; None when it is not there."""
        try:
            with _translated():
                state = (await self._docker.containers.container(container_id).show())["State"]
        except _NotFound:
            return None
        return ContainerState(
            bool(state["Running"]), int(state["ExitCode"]), bool(state.get("OOMKilled", False))
        )

    async def place(self, container_id: str) -> Place:
        """Return where a running container is; the address is empty where it has none of its own."""
        with _translated():
            found = await self._docker.containers.container(container_id).show()
        settings = found["NetworkSettings"]
        networks = [settings, *(settings.get("Networks") or {}).values()]
        with_address = [each for each in networks if each.get("IPAddress")]
        network = with_address[0] if with_address else {}
        return Place(
            int(found["State"]["Pid"]), str(network.get("IPAddress", "")), str(network.get("Gateway", ""))
        )

    async def containers(self, labels: Mapping[str, str]) -> tuple[Listed, ...]:
        """Return the containers, running or not, that bear all of these labels."""
        with _translated():
            found = await self._docker.containers.list(all=True, filters=_label_filter(labels))
        return tuple(Listed(each.id, dict(each["Labels"]), each["State"] == "running") for each in found)

    async def create_volume(self, name: str, labels: Mapping[str, str]) -> None:
        """Create a volume; fine when it is there."""
        with _translated():
            config = {"Name": name, "Labels": dict(labels)}
            await self._docker.volumes.create(config)  # type: ignore[no-untyped-call] # aiodocker has no types here

    async def volumes(self, labels: Mapping[str, str]) -> tuple[str, ...]:
        """Return the names of the volumes that bear all of these labels."""
        with _translated():
            filters = {"label": _pairs(labels)}
            found = await self._docker.volumes.list(filters=filters)  # type: ignore[no-untyped-call] # aiodocker has no types here
        return tuple(str(each["Name"]) for each in found["Volumes"] or ())

    async def remove_volume(self, name: str) -> None:
        """Remove a volume; fine when it is not there."""
        with contextlib.suppress(_NotFound), _translated():
            volume = await self._docker.volumes.get(name)  # type: ignore[no-untyped-call] # aiodocker has no types here
            await volume.delete()

    async def output(
        self, container_id: str, since_s: int, *, follow: bool = True, is_terminal: bool = False
    ) -> AsyncIterator[list[Frame]]:
        """Yield what a container wrote, from a second of the epoch on, and go on until it ends.

        What a terminal shows comes without frames, a line after the other.
        """
        read = read_lines if is_terminal else read_frames
        params = {"stdout": "1", "stderr": "1", "timestamps": "1", "since": str(since_s)}
        rest = b""
        async for chunk in self._stream(
            f"containers/{container_id}/logs", params | {"follow": "1" if follow else "0"}
        ):
            frames, rest = read(rest + chunk)
            if frames:
                yield frames
        if is_terminal and rest and not follow:
            yield read_lines(rest + b"\n")[0]

    async def execute(self, container_id: str, command: Sequence[str]) -> tuple[int, bytes]:
        """Run a command in a running container; return its exit code and what it wrote, cut."""
        with _translated():
            container = self._docker.containers.container(container_id)
            made = await container.exec(list(command), stdout=True, stderr=True)
            output = b""
            async with made.start(timeout=_STREAM_TIMEOUT, detach=False) as stream:
                while (message := await stream.read_out()) is not None:
                    output = (output + message.data)[:EXECUTED_OUTPUT_LIMIT]
            return await _exit_code(made) or 0, output

    async def run(self, name: str, config: Config) -> str:
        """Create a container, wait for its end and remove it, also when nobody waits any more."""
        container_id = await self.create(name, config)
        try:
            await self.start(container_id)
            with _translated():
                container = self._docker.containers.container(container_id)
                await container.wait()
                return "".join(await container.log(stdout=True, stderr=True))
        finally:
            await asyncio.shield(self.remove(container_id))

    async def terminal(self, container_id: str, command: Sequence[str]) -> EngineTerminal:
        """Run a command on a terminal in a running container, as root."""
        with _translated():
            container = self._docker.containers.container(container_id)
            made = await container.exec(
                list(command), stdin=True, stdout=True, stderr=True, tty=True, user="0"
            )
            terminal = EngineTerminal(made)
            await terminal.start()
        return terminal

    async def usage(self, container_id: str) -> Usage | None:
        """Measure a container; None when the engine knows nothing of it."""
        try:
            with _translated():
                found = await self._docker.containers.container(container_id).stats(stream=False)
        except _NotFound:
            return None
        return usage_of(found[0]) if found else None

    async def written_bytes(self, container_id: str) -> int:
        """Measure the files that a container made or changed, without its image and its volumes."""
        with contextlib.suppress(_NotFound), _translated():
            found = await self._docker.containers.container(container_id).show(size="true")
            return int(found.get("SizeRw") or 0)
        return 0

    async def volume_bytes(self, names: Collection[str]) -> int:
        """Measure volumes; those whose size the engine does not know count as empty."""
        answer = b"".join([each async for each in self._stream("system/df", {"type": "volume"})])
        volumes = json.loads(answer).get("Volumes") or ()
        sizes = {str(each["Name"]): int((each.get("UsageData") or {}).get("Size", 0)) for each in volumes}
        return sum(max(sizes.get(name, 0), 0) for name in names)

    async def deaths(self, labels: Mapping[str, str]) -> AsyncIterator[str]:
        """Yield the ids of containers with these labels as they end, until the engine goes."""
        rest = b""
        async for chunk in self._stream("events", {"filters": _label_filter(labels)}):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                event = json.loads(line) if line.strip() else {}
                if event.get("Action") == "die":
                    yield str(event["Actor"]["ID"])

    async def _stream(self, path: str, params: Mapping[str, str]) -> AsyncIterator[bytes]:
        with _translated():
            async with self._session.get(
                f"{self._base}/{path}", params=params, timeout=_STREAM_TIMEOUT
            ) as response:
                if response.status == _NOT_FOUND:
                    raise _NotFound(path)
                response.raise_for_status()
                async for chunk in response.content.iter_any():
                    yield chunk


class EngineTerminal:
    """A command on a terminal in a container; see :class:`hatoba.runtime.protocol.Terminal`."""

    def __init__(self, made: Exec) -> None:
        self._exec = made
        self._stream = made.start(timeout=_STREAM_TIMEOUT, detach=False)
        self._ended = asyncio.Event()

    async def start(self) -> None:
        """Start it."""
        await self._stream.__aenter__()

    async def read(self) -> bytes:
        """Return what it wrote next."""
        try:
            message = await self._stream.read_out()
        except (aiohttp.ClientError, OSError):
            message = None
        if message is None:
            self._ended.set()
        return message.data if message else b""

    async def write(self, data: bytes) -> None:
        """Type."""
        if not self._ended.is_set():
            with contextlib.suppress(OSError, RuntimeError, AssertionError):  # it ended just now
                await self._stream.write_in(data)

    async def resize(self, columns: int, rows: int) -> None:
        """Give the terminal another size."""
        with contextlib.suppress(EngineError), _translated():
            await self._exec.resize(h=rows, w=columns)

    async def ended(self) -> int | None:
        """Wait until the output has ended, which must be read meanwhile."""
        await self._ended.wait()
        with contextlib.suppress(EngineError), _translated():
            return await _exit_code(self._exec)
        return None

    async def close(self) -> None:
        """Hang up; where the engine does not say which process it is, it is only left alone."""
        if not self._ended.is_set():
            self._ended.set()
            with contextlib.suppress(EngineError, OSError), _translated():
                found = await self._exec.inspect()
                if found.get("Running") and found.get("Pid"):
                    os.kill(int(found["Pid"]), signal.SIGHUP)
        with contextlib.suppress(OSError, AssertionError):  # its connection has gone already
            await self._stream.close()


async def _exit_code(made: Exec) -> int | None:
    """Return what a command in a container ended with; its output may be over a little earlier than it."""
    while (found := await made.inspect())["Running"]:  # noqa: ASYNC110 - the engine tells it no other way
        await asyncio.sleep(_LOOK_EVERY_S)
    return None if found["ExitCode"] is None else int(found["ExitCode"])


class _NotFound(EngineError):
    """The engine knows no such thing."""


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    """Turn the library's errors into ours."""
    try:
        yield
    except aiodocker.DockerError as error:
        if error.status == _NOT_MODIFIED:
            return
        if error.status == _NOT_FOUND:
            raise _NotFound(error.message) from error
        kind = EngineGone if error.status == _NOT_CONNECTED else EngineError
        raise kind(error.message) from error
    except aiohttp.ConnectionTimeoutError as error:
        raise EngineGone(str(error)) from error
    except TimeoutError as error:
        raise EngineTimedOut("it did not answer in time") from error
    except (aiohttp.ClientError, OSError) as error:
        raise EngineGone(str(error) or type(error).__name__) from error


def read_frames(data: bytes) -> tuple[list[Frame], bytes]:
    """Cut the engine's multiplexed stream into frames; return what is left of an incomplete one.

    https://docs.docker.com/reference/api/engine/ (ContainerAttach, stream format)
    """
    frames = []
    place = 0
    while len(data) - place >= _FRAME_HEADER.size:
        stream, length = _FRAME_HEADER.unpack_from(data, place)
        end = place + _FRAME_HEADER.size + length
        if end > len(data):
            break
        stamp, _, text = data[place + _FRAME_HEADER.size : end].partition(b" ")
        frames.append(Frame(stream, nanoseconds(stamp.decode()), text))
        place = end
    return frames, data[place:]


def read_lines(data: bytes) -> tuple[list[Frame], bytes]:
    """Cut what a terminal showed into its lines, each of which begins with a time stamp; return the rest.

    The engine gives a terminal's output as it is, without frames.
    """
    *lines, rest = data.split(b"\n")
    frames = []
    for line in lines:
        stamp, _, text = line.partition(b" ")
        frames.append(Frame(1, nanoseconds(stamp.decode()), text + b"\n"))
    return frames, rest


def _pairs(labels: Mapping[str, str]) -> list[str]:
    return [f"{name}={value}" for name, value in labels.items()]


def _label_filter(labels: Mapping[str, str]) -> str:
    return json.dumps({"label": _pairs(labels)})
