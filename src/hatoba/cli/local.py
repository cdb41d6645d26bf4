"""The local cloud as the command line sees it: started, asked, stopped."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hatoba.cli import output
from hatoba.cli.exits import Exit, Failure
from hatoba.cloud.server import runfile
from hatoba.cloud.server.ready import StartFailed, understand

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from hatoba.cloud.server.runfile import RunFile

ANSWER_WITHIN_S = 10.0
DRAIN_WITHIN_S = 150.0
POLL_S = 0.02


@dataclass(frozen=True, slots=True)
class CloudOptions:
    """How a cloud is to be started; with ``any_ports`` the system chooses those beside ``port``.

    ``gateway_workers`` is how many processes answer requests; 0 is one for each processor.
    """

    port: int
    any_ports: bool
    region: str
    runtime: str
    ephemeral: bool
    gateway_workers: int = 1
    enforce_security_groups: bool = False


class Starting:
    """A cloud that loads its code, and touches nothing before it is told to go."""

    def __init__(self, folder: Path, process: subprocess.Popen[bytes]) -> None:
        self._folder = folder
        self._process = process

    def go(self) -> None:
        """Let it start."""
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError), self._process.stdin as told:
            told.write(b"go\n")

    def wait(self) -> RunFile:
        """Return the running cloud.

        Raises:
            Failure: It cannot start; in its own words.
        """
        assert self._process.stdout is not None
        with self._process.stdout as said:
            line = said.readline()
        try:
            understand(line)
        except StartFailed as error:
            self._process.wait()
            raise Failure(error.what, error.remedy) from error
        run = runfile.read(self._folder)
        if run is None:
            raise Failure("The local cloud ended right after it started.", f"Read {log_path(self._folder)}.")
        return run

    def abandon(self) -> None:
        """Let go of it: one that was not told to go ends by itself, one that was is stopped."""
        assert self._process.stdin is not None
        if self._process.stdin.closed:
            self._process.terminate()
            self._process.wait()
        else:
            self._process.stdin.close()


def free_port(folder: Path) -> int:
    """Return the port of the cloud that was killed in a folder, for its tasks know it; else a free one.

    Raises:
        Failure: There is none.
    """
    from hatoba.runtime import ports

    before = runfile.left_behind(folder)
    if before is not None:
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((ports.LOOPBACK, before.port))
            return before.port
    try:
        return ports.free_port("tcp")
    except ports.NoFreePort as error:
        raise Failure("The local cloud found no port.", str(error)) from error


def log_path(folder: Path) -> Path:
    """Return where the cloud writes its own log."""
    return folder / "run" / "cloud.log"


def _workers(wanted: int) -> int:
    """Return how many processes the gateway has.

    Raises:
        Failure: They cannot share a port on this system.
    """
    count = wanted or os.cpu_count() or 1
    if count > 1 and not hasattr(socket, "SO_REUSEPORT"):
        raise Failure(
            "On this system several gateway workers cannot share a port.",
            "Leave --gateway-workers out.",
            Exit.USAGE,
        )
    return count


def start(folder: Path, options: CloudOptions) -> Starting:
    """Begin a cloud for a ``.hatoba`` folder, in a session of its own: it outlives this command.

    Raises:
        Failure: One runs there already.
    """
    running = runfile.read(folder)
    if running is not None:
        raise Failure(
            f"This system is up already: process {running.pid}, {running.endpoint}.",
            "`hatoba deploy` brings a changed definition to it; `hatoba down` ends it.",
            Exit.REFUSED,
        )
    log_path(folder).parent.mkdir(parents=True, exist_ok=True)
    words = [sys.executable, "-P", "-m", "hatoba.cloud.server", "--hold", "--folder", str(folder)]
    words += ["--port", str(options.port), "--region", options.region, "--runtime", options.runtime]
    if options.any_ports:
        words += ["--gateway-port", "0", "--dns-port", "0"]
    words += ["--gateway-workers", str(_workers(options.gateway_workers))]
    if options.ephemeral:
        words.append("--ephemeral")
    if options.enforce_security_groups:
        words.append("--enforce-security-groups")
    with log_path(folder).open("ab") as log:
        process = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, start_new_session=True
        )
    if options.enforce_security_groups:
        _say_who_is_not_held_apart(options.runtime)
    return Starting(folder, process)


def _say_who_is_not_held_apart(runtime: str) -> None:
    from hatoba.runtime.apart import not_held_apart

    for sentence in not_held_apart(runtime):
        output.say(sentence)


def running(folder: Path) -> RunFile:
    """Return the cloud that runs in a folder.

    Raises:
        Failure: None does.
    """
    run = runfile.read(folder)
    if run is None:
        raise Failure(f"Nothing is up in {folder.parent}.", "`hatoba up` starts the system.")
    return run


def ask(
    run: RunFile,
    method: str,
    path: str,
    body: Mapping[str, object] | None = None,
    *,
    within_s: float = ANSWER_WITHIN_S,
) -> Any:
    """Ask the cloud something beside AWS's API, under ``/_hatoba``; return the decoded answer.

    Raises:
        Failure: It does not answer, or refuses; in its own words.
    """
    connection = http.client.HTTPConnection(run.host, run.port, timeout=within_s)
    try:
        connection.request(
            method,
            f"/_hatoba/{path}",
            json.dumps(body or {}),
            {"content-type": "application/json", "x-hatoba": "1"},
        )
        answer = connection.getresponse()
        content = json.loads(answer.read() or b"{}")
    except (OSError, http.client.HTTPException, json.JSONDecodeError) as error:
        raise Failure(
            f"The local cloud at {run.endpoint} does not answer: {error}.",
            "`hatoba down` clears what is left of it; `hatoba up` starts anew.",
        ) from error
    finally:
        connection.close()
    if answer.status >= http.client.BAD_REQUEST:
        raise Failure(content.get("message", f"HTTP {answer.status}"), content.get("remedy", ""))
    return content


def stop(folder: Path, run: RunFile) -> None:
    """Let the cloud drain and end: tasks deregistered, then stopped; the gateway last.

    Raises:
        Failure: It did not end in time.
    """
    ask(run, "POST", "stop")
    wait_for_end(folder, run)


def drain(folder: Path, run: RunFile) -> None:
    """End the cloud in order; a second Ctrl-C ends everything at once."""
    try:
        stop(folder, run)
    except KeyboardInterrupt:
        kill(run)
        sweep(folder)
        output.say("Ended at once")
        return
    output.say("Stopped; its state is kept. `hatoba up` goes on, `hatoba down` removes it")


def wait_for_end(folder: Path, run: RunFile) -> None:
    """Return when the cloud has ended.

    Raises:
        Failure: It did not end in time.
    """
    deadline = time.monotonic() + DRAIN_WITHIN_S
    while run.is_alive():
        if time.monotonic() > deadline:
            raise Failure(
                f"The local cloud (process {run.pid}) did not end within {DRAIN_WITHIN_S:.0f} s.",
                f"Read {log_path(folder)}; `hatoba down --force` ends it at once.",
                Exit.TIMED_OUT,
            )
        time.sleep(POLL_S)


def kill(run: RunFile) -> None:
    """End the cloud at once. What it ran is left to :func:`sweep`."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(run.pid, signal.SIGKILL)
    while run.is_alive():
        time.sleep(POLL_S)


def sweep(folder: Path) -> list[str]:
    """Stop and remove all that a dead cloud of this folder left; return a line for each thing."""
    import asyncio

    from hatoba.cloud.server.sweep import sweep_all

    return asyncio.run(sweep_all(folder))
