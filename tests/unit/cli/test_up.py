"""``hatoba up`` refuses what can only fail before anything is started."""

from __future__ import annotations

from pathlib import Path

import pytest

from hatoba.cli.exits import Failure
from hatoba.cli.here.up import Wish, up


def test_containers_without_an_engine_are_refused_before_anything_is_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HATOBA_DOCKER_HOST", f"unix://{tmp_path}/no.sock")

    with pytest.raises(Failure, match=r"no container engine is reachable .*no\.sock") as refused:
        up(tmp_path / "hatobafile.py", Wish(detach=True, port=0, runtime="container", ephemeral=False))

    assert "DOCKER_HOST" in refused.value.remedy
    assert list(tmp_path.iterdir()) == []
