"""One task from the command line: its output, its exit code, its end."""

from __future__ import annotations

import signal

from tests.support.command import Hatoba
from tests.support.waiting import wait_until


def test_a_task_runs_to_its_end_beside_the_service_and_its_exit_code_comes_back(hatoba: Hatoba) -> None:
    hatoba("up", "--runtime", "process", "--port", "0", "--detach")

    said = 'echo "$COLOUR of $AWS_EXECUTION_ENV"; exit 7'
    done = hatoba.run("run", "mz-dev-app", "--set", "COLOUR=red", "--", "sh", "-c", said)
    assert (done.returncode, done.stdout) == (7, "red of AWS_ECS_FARGATE\n")
    assert "ended with 7: Essential container in task exited" in done.stderr

    assert hatoba("run", "mz-dev-site", "--", "echo", "by its definition") == "by its definition\n"

    slow = hatoba.run("run", "mz-dev-app", "--timeout", "0.5", "--", "sleep", "60")
    assert slow.returncode == 4
    assert "Asked the task to stop." in slow.stderr

    running = hatoba.start("run", "mz-dev-app", "--", "sh", "-c", "echo begun; exec sleep 60")
    assert running.stdout is not None
    with running.stdout, running:
        assert running.stdout.readline() == "begun\n"
        running.send_signal(signal.SIGINT)
        assert running.wait(110) == 130

    task = hatoba("run", "mz-dev-app", "--detach", "--", "sleep", "60").strip()
    others = [each for each in hatoba.json("ps")["tasks"] if each["group"] != "service:mz-dev-app"]
    assert task in {each["task"] for each in others}
    wait_until(
        lambda: {each["task"] for each in _alone(hatoba)} == {task}, within_s=60, what="the others' ends"
    )

    for words, told in (
        (("nobody",), "There is no service and no task definition nobody."),
        (("mz-dev-app", "--container", "no", "--", "true"), "has no container no."),
        (("mz-dev-app", "--set", "COLOUR"), "--set COLOUR sets nothing."),
        (("mz-dev-app", "--cluster", "no"), "Cluster not found."),
    ):
        refused = hatoba.run("run", *words)
        assert refused.returncode in {1, 2}
        assert told in refused.stderr

    assert hatoba.json("job")["jobs"] == []
    unknown = hatoba.run("job", "no")
    assert unknown.returncode == 2
    assert "The definition has no job no." in unknown.stderr


def _alone(hatoba: Hatoba) -> list[dict[str, str]]:
    return [each for each in hatoba.json("ps")["tasks"] if each["group"] != "service:mz-dev-app"]
