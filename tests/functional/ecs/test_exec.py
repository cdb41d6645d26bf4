"""ECS Exec: a shell in a container of a task, by what the Session Manager plugin speaks."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import select
import subprocess
import sys
import time
from typing import Any

import aiohttp
import pytest
from botocore.exceptions import ClientError

from tests.support.cloud import RunningCloud, cloud
from tests.support.plugin import joined
from tests.support.waiting import wait_until

__all__ = ["cloud"]

IMAGE = "example.com/sleeper:1"


class Sleeper:
    """A running task of a cloud that runs processes."""

    def __init__(self, running: RunningCloud) -> None:
        self.ecs = running.client("ecs")
        self.folder = running.folder
        command = {"image": IMAGE, "command": ["sleep", "600"], "directory": str(running.folder)}
        running.ask("POST", "local-commands", {"commands": [command]})
        subnets = [each["SubnetId"] for each in running.client("ec2").describe_subnets()["Subnets"]]
        self.place = {"awsvpcConfiguration": {"subnets": subnets[:1]}}
        self.ecs.create_cluster(clusterName="c")
        self.ecs.register_task_definition(
            family="sleeper",
            networkMode="awsvpc",
            requiresCompatibilities=["FARGATE"],
            cpu="256",
            memory="512",
            containerDefinitions=[
                {"name": "app", "image": IMAGE, "environment": [{"name": "GREETING", "value": "hello"}]}
            ],
        )

    def run(self, *, enabled: bool = True) -> str:
        answer = self.ecs.run_task(
            cluster="c",
            taskDefinition="sleeper",
            launchType="FARGATE",
            networkConfiguration=self.place,
            enableExecuteCommand=enabled,
        )
        arn = str(answer["tasks"][0]["taskArn"])
        wait_until(lambda: self.task(arn)["lastStatus"] == "RUNNING", what="the task", within_s=60)
        return arn

    def task(self, arn: str) -> dict[str, Any]:
        found: dict[str, Any] = self.ecs.describe_tasks(cluster="c", tasks=[arn])["tasks"][0]
        return found

    def execute(self, arn: str, command: str, **more: Any) -> dict[str, Any]:
        given = {"cluster": "c", "task": arn, "command": command, "interactive": True, **more}
        answer: dict[str, Any] = self.ecs.execute_command(**given)
        return answer


@pytest.fixture
def sleeper(cloud: RunningCloud) -> Sleeper:
    return Sleeper(cloud)


def test_the_plugin_gets_a_shell_with_a_terminal_of_its_size(sleeper: Sleeper) -> None:
    arn = sleeper.run()
    answer = sleeper.execute(arn, "/bin/sh")
    assert (answer["taskArn"], answer["containerName"], answer["interactive"]) == (arn, "app", True)
    assert answer["containerArn"] == sleeper.task(arn)["containers"][0]["containerArn"]
    assert answer["session"]["sessionId"].startswith("ecs-execute-command-")
    (agent,) = sleeper.task(arn)["containers"][0]["managedAgents"]
    assert (agent["name"], agent["lastStatus"]) == ("ExecuteCommandAgent", "RUNNING")

    async def story() -> tuple[str, dict[str, Any]]:
        async with joined(answer["session"]) as plugin:
            await plugin.until_ready()
            await plugin.type("echo $GREETING-$((40 + 2)); stty size\r")
            await plugin.until("30 100")
            assert plugin.session_type == "Standard_Stream"
            assert "hello-42" in plugin.shown
            await plugin.type("sh -c 'echo in-$((1 + 2))-front; exec sleep 300'\r")
            await plugin.until("in-3-front")
            await plugin.type("\x03")  # Ctrl-C ends what runs in front, not the shell
            await plugin.type("echo still-$((1 + 1))-here\r")
            await plugin.until("still-2-here")
            await plugin.type("exit\r")
            closed = await plugin.until_closed()
        return plugin.shown, dict(closed)

    _, closed = asyncio.run(story())
    assert closed["SessionId"] == answer["session"]["sessionId"]
    assert closed["Output"] == ""


def test_output_that_a_client_was_not_ready_for_is_sent_again(sleeper: Sleeper) -> None:
    session = sleeper.execute(sleeper.run(), "sh -c 'echo first; echo second'")["session"]

    async def story() -> str:
        async with joined(session, is_slow=True) as plugin:
            await plugin.until_closed()
        return plugin.shown

    assert asyncio.run(story()) == "first\r\nsecond\r\n"


def test_a_session_is_joined_once_and_with_its_token_only(sleeper: Sleeper) -> None:
    session = sleeper.execute(sleeper.run(), "sh")["session"]

    async def refused(given: dict[str, str]) -> bool:
        async with joined(given) as plugin:
            try:
                await plugin.read()
            except (AssertionError, aiohttp.ClientError):
                return True
            return False

    async def story() -> None:
        assert await refused({**session, "tokenValue": "guessed"})
        assert await refused(session)  # somebody tried it with a wrong token: it is worth nothing any more

    asyncio.run(story())


def test_a_client_that_goes_takes_its_shell_with_it(sleeper: Sleeper) -> None:
    session = sleeper.execute(sleeper.run(), "sh")["session"]
    file = sleeper.folder / "pid"

    async def story() -> None:
        async with joined(session) as plugin:
            await plugin.until_ready()
            await plugin.type(f"echo $$ > {file}; echo do-$((1 + 1))ne\r")
            await plugin.until("do-2ne")

    asyncio.run(story())
    pid = int(file.read_text())
    wait_until(lambda: not _runs(pid), what="the shell's end")


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_systems_manager_terminates_sessions_and_resumes_those_that_nobody_joined(
    cloud: RunningCloud, sleeper: Sleeper
) -> None:
    ssm = cloud.client("ssm")
    arn = sleeper.run()
    session = sleeper.execute(arn, "/bin/sh")["session"]
    resumed = ssm.resume_session(SessionId=session["sessionId"])
    assert (resumed["TokenValue"], resumed["StreamUrl"]) == (session["tokenValue"], session["streamUrl"])

    async def story() -> dict[str, Any]:
        async with joined(session) as plugin:
            await plugin.until_ready()
            await plugin.type("echo in-$((1 + 1))\r")
            await plugin.until("in-2")
            answer = await asyncio.to_thread(ssm.terminate_session, SessionId=session["sessionId"])
            assert answer["SessionId"] == session["sessionId"]
            return dict(await plugin.until_closed())

    assert asyncio.run(story())["SessionId"] == session["sessionId"]
    # No token: the plugin says that the session timed out, and ends.
    assert "TokenValue" not in ssm.resume_session(SessionId=session["sessionId"])


def test_what_cannot_be_executed_is_refused_in_ecss_words(sleeper: Sleeper) -> None:
    arn = sleeper.run()
    plain = sleeper.run(enabled=False)
    cases: list[tuple[dict[str, Any], str, str]] = [
        (
            {"task": plain},
            "InvalidParameterException",
            "execute command was not enabled when the task was run",
        ),
        ({"interactive": False}, "InvalidParameterException", "Interactive is the only mode"),
        ({"task": "0" * 32}, "InvalidParameterException", "The referenced task was not found."),
        ({"container": "other"}, "InvalidParameterException", "has no container other"),
        ({"command": "sh -c 'oops"}, "InvalidParameterException", "The command cannot be read"),
        ({"cluster": "nowhere"}, "ClusterNotFoundException", "Cluster not found."),
    ]
    for given, code, text in cases:
        wanted = {"cluster": "c", "task": arn, "command": "sh", "interactive": True, **given}
        with pytest.raises(ClientError) as refused:
            sleeper.ecs.execute_command(**wanted)
        assert refused.value.response["Error"]["Code"] == code
        assert text in refused.value.response["Error"]["Message"]
    assert "managedAgents" not in sleeper.task(plain)["containers"][0]

    sleeper.ecs.stop_task(cluster="c", task=arn)
    wait_until(lambda: sleeper.task(arn)["lastStatus"] == "STOPPED", what="the end", within_s=40)
    with pytest.raises(ClientError) as gone:
        sleeper.execute(arn, "sh")
    assert gone.value.response["Error"]["Code"] == "TargetNotConnectedException"


def test_hatoba_exec_on_a_terminal_is_interactive_and_gives_the_exit_code(
    sleeper: Sleeper, cloud: RunningCloud
) -> None:
    task = sleeper.run(enabled=False).rsplit("/", 1)[-1]
    code = (
        "import sys; from pathlib import Path; from hatoba.cli.here.exec import execute;"
        f"sys.exit(execute(Path({str(cloud.folder)!r}), {task!r}, None, ['sh'], timeout_s=60))"
    )
    master, slave = pty.openpty()
    with subprocess.Popen([sys.executable, "-c", code], stdin=slave, stdout=slave, stderr=slave) as process:
        os.close(slave)
        try:
            shown = _until(master, b"", b"")
            os.write(master, b"echo $GREETING-$((1 + 1)); exit 7\r")
            shown = _until(master, shown, b"hello-2")
            assert process.wait(110) == 7, shown
        finally:
            process.kill()
            os.close(master)


def _until(master: int, shown: bytes, text: bytes) -> bytes:
    """Read until a text is there; for none until something is."""
    deadline = time.monotonic() + 30
    while (text not in shown) if text else not shown:
        assert time.monotonic() < deadline, shown
        if select.select([master], [], [], 0.5)[0]:
            shown += os.read(master, 4096)
    return shown


def test_the_aws_cli_hands_the_plugin_what_it_needs(sleeper: Sleeper, cloud: RunningCloud) -> None:
    """The AWS CLI starts a program called session-manager-plugin; here it only writes its words down."""
    arn = sleeper.run()
    programs = cloud.folder / "programs"
    programs.mkdir()
    said = programs / "said"
    plugin = programs / "session-manager-plugin"
    plugin.write_text(f'#!/bin/sh\nfor word in "$@"; do echo "$word" >> {said}; done\n')
    plugin.chmod(0o755)
    done = subprocess.run(
        [
            *(sys.executable, "-m", "awscli", "ecs", "execute-command", "--cluster", "c", "--task", arn),
            *("--command", "/bin/sh", "--interactive"),
        ],
        env=cloud.environment | {"PATH": f"{programs}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    session, region, operation, _, target, endpoint = said.read_text().splitlines()
    assert json.loads(session)["streamUrl"].startswith("ws://127.0.0.1:")
    assert (region, operation, endpoint) == ("ap-northeast-1", "StartSession", cloud.endpoint)
    runtime_id = sleeper.task(arn)["containers"][0]["runtimeId"]
    assert json.loads(target)["Target"] == f"ecs:c_{arn.rsplit('/', 1)[-1]}_{runtime_id}"
