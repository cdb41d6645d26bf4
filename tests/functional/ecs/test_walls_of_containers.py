"""``--enforce-security-groups`` between tasks that run as containers: who reaches whom, and what is told."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.functional.ecs.test_guards import Shop
from tests.support.cloud import RunningCloud, running_cloud
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

    def wait_for(self, word: str) -> None:
        wait_until(lambda: set(self.said()) == {f"name {word}"}, what=word, within_s=30)


@pytest.fixture
def cloud(engine: TestEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningCloud]:
    monkeypatch.setenv("HATOBA_DOCKER_HOST", engine.url)
    with running_cloud(tmp_path / "cloud", "--runtime", "container", "--enforce-security-groups") as running:
        yield running


def test_a_container_reaches_another_only_while_a_rule_lets_it_in(cloud: RunningCloud) -> None:
    shop = Containers(cloud)
    shop.bring()
    shop.wait_for("no")
    web, stock = shop.groups["web"], shop.groups["stock"]
    why = f"{stock} of service stock has no ingress rule that lets tcp 8080 in from {web} of service web"
    wait_until(lambda: why in shop.events("web"), within_s=60, what="the reason at the caller")
    wait_until(lambda: why in shop.events("stock"), what="the reason at the one that is called")

    shop.let_web_in(wanted=True)
    shop.wait_for("200")
    shop.let_web_in(wanted=False)
    shop.wait_for("no")
