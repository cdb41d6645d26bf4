"""The reference system with its task as a real container: published port, logs, stop, nothing left."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from tests.support.cloud import get
from tests.support.command import Hatoba
from tests.support.engine import IMAGE, TestEngine, engine
from tests.support.waiting import wait_until

__all__ = ["engine"]

pytestmark = [pytest.mark.containers, pytest.mark.xdist_group("containers")]

SERVE = (
    "mkdir -p /www && echo Congratulations! > /www/index.html && echo serving"
    " && exec httpd -f -v -p 80 -h /www"
)


def in_a_container(scratch: Path, engine: TestEngine) -> Hatoba:
    """The reference system with an image that is here, and without a local command."""
    hatoba = Hatoba.with_example("sales_support_system", scratch)
    hatoba.variables["HATOBA_DOCKER_HOST"] = engine.url
    file = hatoba.folder / "hatobafile.py"
    kept = [
        line
        for line in file.read_text().splitlines()
        if not line.strip().startswith(("local_command", "sh="))
    ]
    # The first process of a container gets SIGTERM only if it asks for it: httpd does not.
    here = f'"{IMAGE}", sh="{SERVE}", stop_timeout=2,'
    file.write_text("\n".join(kept).replace('"public.ecr.aws/docker/library/httpd:latest",', here))
    return hatoba


def test_a_task_runs_as_a_container_behind_the_gateway(engine: TestEngine, tmp_path: Path) -> None:
    hatoba = in_a_container(tmp_path, engine)
    try:
        hatoba("up", "--detach", "--runtime", "container", "--port", "0")
        (task,) = hatoba.json("ps")["tasks"]
        url = hatoba.json("status")["outputs"]["apigateway_endpoint"]
        with urlopen(
            Request(url + "/", headers={"Authorization": hatoba("token").strip()}), timeout=60
        ) as answer:
            page = answer.read().decode()

        assert task["runtime"] == "container"
        assert page == "Congratulations!\n"
        logged = wait_until(lambda: hatoba("logs", "/aws/ecs/fargate/mz-dev-app"), what="the container's log")
        assert f"mz-dev-app/{task['task']}  serving" in logged
        assert task["task"] in engine("ps", "--format", "{{.Labels}}")
    finally:
        hatoba.run("down")
    assert engine("ps", "--all", "--quiet") == ""
    assert hatoba.processes() == []


def test_containers_of_a_killed_cloud_are_gone_after_down(engine: TestEngine, tmp_path: Path) -> None:
    hatoba = in_a_container(tmp_path, engine)
    hatoba("up", "--detach", "--runtime", "container", "--port", "0")
    (pid,) = [int(line.split()[0]) for line in hatoba.processes() if "hatoba.cloud.server" in line]
    os.kill(pid, signal.SIGKILL)
    assert engine("ps", "--quiet") != ""

    hatoba("down")

    assert engine("ps", "--all", "--quiet") == ""
    assert hatoba.processes() == []


def test_a_container_of_a_killed_cloud_is_taken_back_not_doubled(engine: TestEngine, tmp_path: Path) -> None:
    hatoba = in_a_container(tmp_path, engine)
    up = ("up", "--detach", "--runtime", "container", "--port", "0")
    try:
        hatoba(*up)
        (task,) = hatoba.json("ps")["tasks"]
        containers = sorted(engine("ps", "--quiet", "--no-trunc").split())
        (pid,) = [int(line.split()[0]) for line in hatoba.processes() if "hatoba.cloud.server" in line]
        os.kill(pid, signal.SIGKILL)

        hatoba(*up)

        (again,) = hatoba.json("ps")["tasks"]
        assert (again["task"], again["addresses"]) == (task["task"], task["addresses"])
        assert sorted(engine("ps", "--quiet", "--no-trunc").split()) == containers
        url = hatoba.json("status")["outputs"]["apigateway_endpoint"]
        status, page = get(url + "/", hatoba("token").strip())
        assert (status, page) == (200, "Congratulations!\n")
    finally:
        hatoba.run("down")
    assert engine("ps", "--all", "--quiet") == ""
