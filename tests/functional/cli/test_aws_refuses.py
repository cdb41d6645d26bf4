"""What AWS's API refuses, and what keeps a command from asking it: one clear error each, and its code."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.functional.cli.aws import credentials, nowhere, refusing
from tests.support.command import Hatoba

DEV = ("--env", "dev")


@pytest.fixture
def hatoba(tmp_path: Path) -> Hatoba:
    return Hatoba.with_example("sales_support_system", tmp_path)


@pytest.mark.parametrize(
    ("action", "code", "remedy"),
    [
        ("GetCallerIdentity", "ExpiredToken", "sign in again"),
        ("GetCallerIdentity", "InvalidClientTokenId", "AWS_PROFILE"),
        ("DescribeStacks", "AccessDenied", "ask for the permission"),
    ],
)
def test_a_refused_call_names_itself_and_the_way_out(
    hatoba: Hatoba, action: str, code: str, remedy: str
) -> None:
    with refusing({action: (code, "because")}) as endpoint:
        hatoba.variables = credentials(endpoint)
        done = hatoba.run("plan", *DEV)

    assert done.returncode == 1
    assert f"{action}: {code}: because" in done.stderr
    assert remedy in done.stderr
    assert "Traceback" not in done.stderr


def test_without_credentials_a_person_learns_how_to_give_them(hatoba: Hatoba) -> None:
    hatoba.variables = {**nowhere(), "AWS_ENDPOINT_URL": "http://127.0.0.1:9"}

    done = hatoba.run("deploy", *DEV, "--yes")

    assert done.returncode == 1
    assert "credentials" in done.stderr
    assert "AWS_PROFILE" in done.stderr


def test_a_profile_that_is_not_there_is_named(hatoba: Hatoba) -> None:
    hatoba.variables = {**nowhere(), "AWS_PROFILE": "no-such", "AWS_ENDPOINT_URL": "http://127.0.0.1:9"}

    done = hatoba.run("plan", *DEV)

    assert done.returncode == 1
    assert "no-such" in done.stderr


def test_wrong_words_and_wrong_values_never_reach_aws(hatoba: Hatoba) -> None:
    hatoba.variables = {**nowhere(), "AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
    environments = hatoba.folder / "environments.toml"

    nowhere_to_go = hatoba.run("deploy", "--env", "prod", "--yes")
    environments.write_text(environments.read_text().replace("cors_max_age", "cors_max_aeg"))
    unknown_input = hatoba.run("deploy", *DEV, "--yes")

    assert (nowhere_to_go.returncode, "there is no environment prod" in nowhere_to_go.stderr) == (2, True)
    assert (unknown_input.returncode, "Did you mean cors_max_age?" in unknown_input.stderr) == (2, True)
