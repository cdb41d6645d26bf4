"""The local cloud as a process of its own, for clients that know no more of it than its endpoint."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import msgspec
import psutil
import pytest

from hatoba.cli.here.env import variables
from hatoba.cloud.server.runfile import RunFile
from tests.support.command import EXAMPLES

HTTPD = "public.ecr.aws/docker/library/httpd"
DRAIN_WITHIN_S = 30
LOG_SHOWN = 4000


@dataclass(frozen=True)
class RunningCloud:
    """A cloud that answers, and the folder that holds all of it: state, log, its tasks' commands."""

    folder: Path
    run: RunFile
    _clients: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def endpoint(self) -> str:
        return self.run.endpoint

    @property
    def environment(self) -> dict[str, str]:
        """What a client's process gets: what ``hatoba env`` prints, and nothing of this machine's AWS."""
        kept = {key: text for key, text in os.environ.items() if not key.startswith(("AWS_", "HATOBA_"))}
        nowhere = {
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "NO_PROXY": "127.0.0.1",
        }
        return kept | nowhere | variables(self.run)

    def client(self, service: str, **given: Any) -> Any:
        """Return boto3's client for a service; making one takes longer than most calls, so it is kept."""
        name = f"{service} {given}"
        if name not in self._clients:
            self._clients[name] = self._new_client(service, given)
        return self._clients[name]

    def _new_client(self, service: str, given: dict[str, Any]) -> Any:
        # Here, for the unit tests that take only a definition from this module.
        import boto3
        from botocore.config import Config

        settings: dict[str, Any] = {
            "endpoint_url": self.endpoint,
            "region_name": self.run.region,
            "aws_access_key_id": self.run.account,
            "aws_secret_access_key": "local",
            "config": Config(inject_host_prefix=False, retries={"total_max_attempts": 1}),
        }
        return boto3.client(service, **(settings | given))  # type: ignore[call-overload]  # any service

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """Ask beside AWS's API, under ``/_hatoba/``."""
        request = Request(
            f"{self.endpoint}/_hatoba/{path}",
            json.dumps(body).encode() if body is not None else None,
            {"x-hatoba": "1"},
            method=method,
        )
        with urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def token(self) -> str:
        """Return a token that the local user pool issued for its client."""
        return str(self.ask("POST", "token", {})["token"])

    def run_instead_of(self, *images: str) -> None:
        """Give each image a local command: the example's page, from this cloud's own folder."""
        shutil.copy(EXAMPLES / "sales_support_system" / "page.py", self.folder)
        commands = [
            {"image": image, "command": [sys.executable, "page.py"], "directory": str(self.folder)}
            for image in images
        ]
        self.ask("POST", "local-commands", {"commands": commands})

    def processes(self) -> list[str]:
        """Return what runs for this cloud: itself, its gateway, its tasks."""
        found = []
        for process in psutil.process_iter():
            try:
                text = " ".join([process.cwd(), *process.cmdline()])
                if str(self.folder) in text and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(f"{process.pid} {text}")
            except psutil.Error:
                continue
        return found


@contextmanager
def running_cloud(folder: Path, *words: str) -> Iterator[RunningCloud]:
    """Start a cloud in a folder, end it as ``hatoba down`` does, and see that nothing of it runs on."""
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "cloud.log"
    with log.open("wb") as log_file:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "hatoba.cloud.server"),
                *("--folder", str(folder), "--port", "0", *(words or ("--runtime", "process"))),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log_file,
        )
    try:
        assert process.stdout is not None
        with process.stdout:
            word = process.stdout.readline()
        assert word.startswith(b'{"ready"'), f"{word.decode()}{log.read_text()[-LOG_SHOWN:]}"
        cloud = RunningCloud(folder, msgspec.json.decode(word, type=dict[str, RunFile])["ready"])
        yield cloud
        cloud.ask("POST", "stop")
        process.wait(DRAIN_WITHIN_S)
        assert cloud.processes() == []
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(DRAIN_WITHIN_S)


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[RunningCloud]:
    """A cloud that runs tasks as processes, with a local command for httpd's two tags that tests use."""
    with running_cloud(tmp_path / "cloud") as running:
        running.run_instead_of(f"{HTTPD}:latest", f"{HTTPD}:2.4")
        yield running


def get(url: str, token: str | None = None, method: str = "GET") -> tuple[int, str]:
    """Send a request to an API as a browser would; return status and body."""
    request = Request(url, headers={"Authorization": token} if token else {}, method=method)
    try:
        with urlopen(request, timeout=60) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as error:
        with error:
            return error.code, error.read().decode()
