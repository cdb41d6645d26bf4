"""``hatoba init``: what it writes is a project that validates, comes up, and passes its own tests."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from hatoba.cli.definition.init import Wish, init
from hatoba.cli.exits import Exit, Failure
from hatoba.definition.project import load
from tests.support.command import EXAMPLES, Hatoba

NAMES = sorted(each.parent.name for each in EXAMPLES.glob("*/hatobafile.py"))


def test_a_new_project_comes_up_and_passes_its_own_tests(tmp_path: Path) -> None:
    folder = tmp_path / "Web Shop"
    hatoba = Hatoba(tmp_path)
    hatoba("init", str(folder))
    assert load(folder / "hatobafile.py").system.name == "web-shop"
    assert not [path for path in folder.rglob("*") if path.is_file() and "starter" in path.read_text()]

    passed = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=folder,
        env=hatoba.environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )

    assert passed.returncode == 0, passed.stdout
    assert "3 passed" in passed.stdout
    assert not (folder / ".hatoba").exists()


@pytest.mark.parametrize("name", NAMES)
def test_every_example_can_be_the_beginning_under_a_name_of_ones_own(name: str, tmp_path: Path) -> None:
    init(tmp_path / "mine", Wish(f"examples/{name}", "bakery"))

    written = load(tmp_path / "mine" / "hatobafile.py")
    assert written.system.name == "bakery"
    old = load(EXAMPLES / name / "hatobafile.py").system.name
    assert not re.search(rf'["/]{old}["\-]', written.file.read_text())
    for path in (".gitignore", ".github/workflows/hatoba.yml", "tests/conftest.py", "tests/test_system.py"):
        assert (tmp_path / "mine" / path).is_file()
    for environment in written.environment_names():
        written.validate(written.environment(environment))


def test_an_example_keeps_its_name_where_none_is_given(tmp_path: Path) -> None:
    init(tmp_path / "copy", Wish("sales_support_system"))

    copied = tmp_path / "copy" / "hatobafile.py"
    assert copied.read_text() == (EXAMPLES / "sales_support_system" / "hatobafile.py").read_text()


def test_account_and_region_go_into_the_environment_on_aws(tmp_path: Path) -> None:
    init(tmp_path / "shop", Wish(account="444455556666", region="eu-central-1"))

    project = load(tmp_path / "shop" / "hatobafile.py")
    dev, local = project.environment("dev"), project.environment()
    assert (dev.account, dev.region, local.region) == ("444455556666", "eu-central-1", "ap-northeast-1")


def test_a_folder_in_use_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")

    with pytest.raises(Failure, match="not empty") as refused:
        init(tmp_path, Wish())
    assert refused.value.code == Exit.REFUSED
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


@pytest.mark.parametrize(
    ("wish", "text"),
    [
        (Wish(source="no_such"), "order_desk"),
        (Wish(name="Web Shop"), "small letters"),
        (Wish(account="1234"), "12 digits"),
    ],
)
def test_wrong_words_write_nothing(wish: Wish, text: str, tmp_path: Path) -> None:
    with pytest.raises(Failure) as refused:
        init(tmp_path / "shop", wish)

    assert refused.value.code == Exit.USAGE
    assert text in refused.value.remedy
    assert not (tmp_path / "shop").exists()
