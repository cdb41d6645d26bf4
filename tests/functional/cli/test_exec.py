"""A command in a running task, from the command line."""

from __future__ import annotations

from tests.support.command import Hatoba


def test_a_command_runs_in_a_task_and_its_exit_code_comes_back(hatoba: Hatoba) -> None:
    hatoba("up", "--runtime", "process", "--port", "0", "--detach")
    task = hatoba.json("ps")["tasks"][0]["task"]
    done = hatoba.run("exec", task[:8], "--", "sh", "-c", 'echo "$AWS_EXECUTION_ENV $1"; exit 7', "-", "--x")
    assert (done.returncode, done.stdout) == (7, "AWS_ECS_FARGATE --x\n")
    refused = hatoba.run("exec", "nobody", "--", "true")
    assert refused.returncode == 1
    assert "No task nobody runs. `hatoba ps`" in refused.stderr
    slow = hatoba.run("exec", task, "--timeout", "0.2", "--", "sleep", "30")
    assert slow.returncode == 1
    assert "did not end within 0.2 s" in slow.stderr
