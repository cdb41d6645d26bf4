"""``--enforce-security-groups`` between tasks that run as containers: who reaches whom, and what is told."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.functional.ecs.test_guards import Shop
from tests.functional.server.killing import cloud_that_is_killed
from tests.support.cloud import running_cloud
from tests.support.engine import IMAGE, TestEngine, engine
from tests.support.waiting import wait_until

__all__ = ["engine"]

pytestmark = [
    pytest.mark.containers,
    pytest.mark.xdist_group("containers"),
    pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("nft"), reason="walls need root and nft"),
]

SERVE = (
    "mkdir /www && echo stock > /www/index.html && httpd -p 8080 -h /www && trap exit TERM; sleep 600 & wait"
)
ASK = (
    "trap exit TERM; while :; do"
    " wget -q -O /dev/null http://stock.shop.internal:8080/ 2>/dev/null && echo name 200 || echo name no;"
    " sleep 0.1; done"
)


class Containers(Shop):
    """The same shop, as containers."""

    record = "A"

    def service(self, name: str, members: dict[str, Any], registries: list[dict[str, Any]]) -> None:
        script = {"stock": SERVE, "web": ASK}[name]
        given = {**members, "image": IMAGE, "entryPoint": ["sh", "-c"], "command": [script]}
        super().service(name, given, registries)

    def tasks(self) -> set[str]:
        return set(self.ecs.list_tasks(cluster="shop")["taskArns"])

    def wait_for(self, word: str) -> None:
        wait_until(lambda: set(self.said()) == {f"name {word}"}, what=word, within_s=30)


ENFORCING = ("--runtime", "container", "--enforce-security-groups")


@pytest.fixture
def folder(engine: TestEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HATOBA_DOCKER_HOST", engine.url)
    return tmp_path / "cloud"


def test_a_container_reaches_another_only_while_a_rule_lets_it_in(folder: Path) -> None:
    with cloud_that_is_killed(folder, *ENFORCING) as first:
        shop = Containers(first)
        shop.bring()
        shop.wait_for("no")
        web, stock = shop.groups["web"], shop.groups["stock"]
        why = f"{stock} of service stock has no ingress rule that lets tcp 8080 in from {web} of service web"
        wait_until(lambda: why in shop.events("web"), within_s=60, what="the reason at the caller")
        wait_until(lambda: why in shop.events("stock"), what="the reason at the one that is called")

        shop.let_web_in(wanted=True)
        shop.wait_for("200")
        standing = shop.tasks()

    with running_cloud(folder, *ENFORCING) as second:
        shop.use(second)
        shop.wait_for("200")
        shop.let_web_in(wanted=False)
        shop.wait_for("no")
        assert shop.tasks() == standing, "the wall stands around the same tasks again"


def test_containers_of_a_cloud_that_held_nothing_apart_are_walled_by_the_next_that_does(folder: Path) -> None:
    with cloud_that_is_killed(folder, "--runtime", "container") as first:
        shop = Containers(first)
        shop.bring()
        shop.wait_for("200")
        standing = shop.tasks()

    with running_cloud(folder, *ENFORCING) as second:
        shop.use(second)
        shop.wait_for("no")
        shop.let_web_in(wanted=True)
        shop.wait_for("200")
        assert shop.tasks() == standing


def test_a_wall_that_cannot_be_built_is_told_by_its_task(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "bin" / "nft"
    broken.parent.mkdir()
    broken.write_text("#!/bin/sh\necho 'Error: no such rule' >&2\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", str(broken.parent), prepend=os.pathsep)

    with running_cloud(folder, *ENFORCING) as cloud:
        shop = Containers(cloud)
        shop.bring()
        shop.wait_for("200")
        told = [each["runs_so"] for each in cloud.ask("GET", "tasks")["tasks"]]

    assert len(told) == 2
    why = "other tasks are not kept from it by security groups (nft: Error: no such rule)"
    assert [each for each in told if why not in each] == []
