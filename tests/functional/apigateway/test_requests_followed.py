"""``hatoba requests --follow``: each request to an API is told while it comes, until Ctrl-C."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest

from tests.functional.apigateway.test_configured import answers, ask
from tests.functional.loadbalancing.backends import backend
from tests.support.cloud import RunningCloud, running_cloud
from tests.support.waiting import wait_until

WITHIN_S = 30.0


@contextmanager
def following(folder: Path, *words: str) -> Iterator[list[str]]:
    """Follow in a process of its own; yields the lines so far.

    It must end well at SIGINT, though it is started as a shell starts what it puts in the background: with
    the signal ignored.
    """
    hatoba = [sys.executable, "-m", "hatoba", "requests", "--follow", "--tail", "1", *words]
    process = subprocess.Popen(
        ["sh", "-c", 'trap "" INT; exec "$@"', "sh", *hatoba],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    lines: list[str] = []
    with process.stdout as told, process.stderr as complaints:
        reader = Thread(target=lambda: lines.extend(told), daemon=True)
        reader.start()
        try:
            yield lines
            process.send_signal(signal.SIGINT)
            assert (process.wait(WITHIN_S), complaints.read()) == (0, "")
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
            reader.join(WITHIN_S)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[RunningCloud, str]]:
    """Run a cloud with an API in the folder of a system."""
    with running_cloud(tmp_path / ".hatoba") as cloud, backend("one") as one:
        gw = cloud.client("apigatewayv2")
        api = gw.create_api(Name="told", ProtocolType="HTTP", Target=f"http://127.0.0.1:{one.port}")
        answers(api["ApiEndpoint"], "/", 200)
        yield cloud, api["ApiEndpoint"]


def test_each_request_is_told_once_as_it_comes_and_without_its_secrets(
    served: tuple[RunningCloud, str],
) -> None:
    cloud, url = served
    with following(cloud.folder.parent, "--json") as stories, following(cloud.folder.parent) as lines:
        wait_until(lambda: len(stories) >= 2 and len(lines) >= 1, within_s=WITHIN_S, what="the last request")
        for number in range(3):
            assert ask(url, f"/told/{number}?token=geheim", Cookie="a=geheim").status == 200

        def paths() -> list[str]:
            return [json.loads(each)["path"] for each in stories[2:]]

        wait_until(lambda: len(paths()) >= 3, within_s=WITHIN_S, what="three stories")
        wait_until(lambda: len([each for each in lines if "/told/" in each]) >= 3, within_s=WITHIN_S)

        assert json.loads(stories[0]) == {"format": 1}
        assert paths() == [f"/told/{number}?token=***" for number in range(3)]
        assert [json.loads(each)["route_key"] for each in stories[2:]] == ["$default"] * 3
        assert "geheim" not in "".join(stories + lines)
