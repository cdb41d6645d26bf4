"""The whole way of one request: definition → template → local cloud → task → Cloud Map → gateway → answer."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

EXAMPLE = Path(__file__).parents[2] / "examples" / "sales_support_system"


class Hatoba:
    """The command, as a user runs it in a project's folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, *words: str, expect: int = 0) -> str:
        environment = {
            key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "HATOBA_"))
        }
        done = subprocess.run(
            [sys.executable, "-m", "hatoba", *words],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == expect, (
            f"hatoba {' '.join(words)}: {done.returncode}\n{done.stdout}{done.stderr}"
        )
        return done.stdout


@pytest.fixture
def hatoba(tmp_path: Path) -> Iterator[Hatoba]:
    shutil.copytree(EXAMPLE, tmp_path / "system", ignore=shutil.ignore_patterns(".hatoba", "__pycache__"))
    command = Hatoba(tmp_path / "system")
    yield command
    command("down", "--yes")


def get(url: str, token: str | None = None) -> tuple[int, str]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        with urlopen(Request(url, headers=headers), timeout=10) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as error:
        return error.code, error.read().decode()


def test_a_good_token_reaches_the_task_and_a_missing_one_does_not(hatoba: Hatoba) -> None:
    hatoba("up", "--detach", "--wait", "--runtime", "process", "--port", "0")
    outputs = json.loads(hatoba("status", "--json"))["outputs"]
    url = outputs["apigateway_endpoint"] + "/"
    token = hatoba("token").strip()

    assert get(url) == (401, '{"message":"Unauthorized"}')
    status, page = get(url, token)

    assert status == 200
    assert "Congratulations!" in page
