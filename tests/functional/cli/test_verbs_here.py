"""The verbs of AWS against the local cloud: the same words, the same answers, tasks and all."""

from __future__ import annotations

import json

from tests.support.command import Hatoba
from tests.support.waiting import wait_until

UP = ("up", "--detach", "--runtime", "process", "--port", "0")


def running(hatoba: Hatoba) -> int:
    count: int = hatoba.json("status")["services"][0]["running"]
    return count


def test_the_verbs_work_here_as_they_do_on_aws(hatoba: Hatoba) -> None:
    hatoba(*UP)
    assert hatoba.run("plan", "--exit-code").returncode == 0

    definition = hatoba.folder / "hatobafile.py"
    definition.write_text(definition.read_text().replace("desired_count=1", "desired_count=2"))
    planned = hatoba.run("plan", "--exit-code", "--out", "plan.json")
    assert planned.returncode == 3
    assert "DesiredCount: 1 → 2" in planned.stdout
    hatoba("deploy", "--plan", "plan.json")
    wait_until(lambda: running(hatoba) == 2, what="the second task")

    hatoba("rollback")
    wait_until(lambda: running(hatoba) == 1, what="the end of the second task")
    assert hatoba.json("drift")["has_drifted"] is False

    wrong = hatoba("token", "--wrong", "audience").strip()
    told = hatoba.run("doctor", "--token", wrong, "--json")
    (finding,) = json.loads(told.stdout)["findings"]
    assert told.returncode == 1
    assert "the authorizer accepts" in finding["what"]

    unasked = hatoba.run("destroy")
    assert (unasked.returncode, "--yes" in unasked.stderr) == (5, True)
    hatoba("destroy", "--yes")
    assert hatoba.json("ps")["tasks"] == []
    hatoba("deploy")
    assert hatoba.json("status")["status"] == "CREATE_COMPLETE"
