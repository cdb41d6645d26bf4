"""Coming up and going down, in order and by force: nothing is ever left behind."""

from __future__ import annotations

import os
import signal
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import psutil

from tests.support.command import Hatoba
from tests.support.waiting import wait_until

FOREGROUND = ("up", "--runtime", "process", "--port", "0")
DETACHED = (*FOREGROUND, "--detach")


def status_of(url: str, token: str) -> int:
    try:
        with urlopen(Request(url, headers={"Authorization": token}), timeout=60) as answer:
            status: int = answer.status
            return status
    except HTTPError as error:
        return error.code


def cloud_pid(hatoba: Hatoba) -> int:
    (pid,) = [int(line.split()[0]) for line in hatoba.processes() if "hatoba.cloud.server" in line]
    return pid


def test_ctrl_c_drains_and_ends_with_0_and_the_next_up_goes_on(hatoba: Hatoba) -> None:
    process = hatoba.start(*FOREGROUND)
    assert process.stdout is not None
    first = process.stdout.readline()
    url = first.split(" = ")[1].strip()

    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=110)

    assert process.returncode == 0, out + err
    assert hatoba.processes() == []
    hatoba(*DETACHED)
    assert hatoba.json("status")["outputs"]["apigateway_endpoint"] == url
    assert status_of(url, hatoba("token").strip()) == 200


def test_a_parent_that_crashed_leaves_a_system_that_down_removes(hatoba: Hatoba) -> None:
    process = hatoba.start(*FOREGROUND)
    assert process.stdout is not None
    process.stdout.readline()
    process.kill()
    process.communicate()
    assert hatoba.json("status")["status"] == "CREATE_COMPLETE"

    hatoba("down")

    assert hatoba.processes() == []
    assert not (hatoba.folder / ".hatoba").exists()


def test_a_cloud_that_was_killed_leaves_nothing_after_down(hatoba: Hatoba) -> None:
    hatoba(*DETACHED)
    os.kill(cloud_pid(hatoba), signal.SIGKILL)
    assert hatoba.processes(), "task and gateway outlive the cloud"

    done = hatoba.run("down")

    assert done.returncode == 0, done.stderr
    assert hatoba.processes() == []
    assert not (hatoba.folder / ".hatoba").exists()


def test_a_cloud_that_was_killed_comes_back_with_its_running_task(hatoba: Hatoba) -> None:
    hatoba(*DETACHED)
    (task,) = hatoba.json("ps")["tasks"]
    url = hatoba.json("status")["outputs"]["apigateway_endpoint"]
    where = hatoba.json("env")
    token = hatoba("token").strip()
    pids = {int(line.split()[0]) for line in hatoba.processes() if "page.py" in line}
    os.kill(cloud_pid(hatoba), signal.SIGKILL)
    assert status_of(url, token) == 200, "the gateway goes on serving without the cloud"

    hatoba(*DETACHED)

    (again,) = hatoba.json("ps")["tasks"]
    assert again["task"] == task["task"]
    assert {int(line.split()[0]) for line in hatoba.processes() if "page.py" in line} == pids
    assert status_of(url, token) == 200
    assert hatoba.json("env") == where, "the task goes on finding the cloud where it was"


def test_a_task_that_dies_is_replaced(hatoba: Hatoba) -> None:
    hatoba(*DETACHED)
    (old,) = hatoba.json("ps")["tasks"]
    (pid,) = [int(line.split()[0]) for line in hatoba.processes() if "page.py" in line]

    psutil.Process(pid).kill()

    new = wait_until(
        lambda: [
            task
            for task in hatoba.json("ps")["tasks"]
            if task["task"] != old["task"] and task["status"] == "RUNNING"
        ],
        what="a new running task",
    )
    assert len(new) == 1
    stopped = [task for task in hatoba.json("ps", "--all")["tasks"] if task["task"] == old["task"]]
    assert stopped[0]["reason"] == "Essential container in task exited"


def test_down_without_anything_up_is_no_error(hatoba: Hatoba) -> None:
    done = hatoba.run("down")

    assert done.returncode == 0
    assert "Nothing was up." in done.stderr


def test_down_keep_stops_and_the_next_up_goes_on(hatoba: Hatoba) -> None:
    hatoba(*DETACHED)
    url = hatoba.json("status")["outputs"]["apigateway_endpoint"]

    hatoba("down", "--keep")

    assert hatoba.processes() == []
    hatoba(*DETACHED)
    assert hatoba.json("status")["outputs"]["apigateway_endpoint"] == url
