"""Unmodified AWS CDK bootstraps, deploys, sees no difference, changes and destroys."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest

from tests.functional.clients.standing import what_stands
from tests.support.cloud import RunningCloud, get
from tests.support.node import node_modules
from tests.support.shell import Program

APP = Path(__file__).parent / "cdk"
QUIET = ("--ci", "--progress", "events")
NO_QUESTIONS = ("--require-approval", "never")
CHANGED = ("-c", "count=2", "-c", "methods=GET,POST", "-c", "retention=14", "-c", "greeting=good day")
THE_SAME, DIFFERENT = 0, 1

pytestmark = [pytest.mark.node, pytest.mark.timeout(600), pytest.mark.xdist_group("node")]


@pytest.fixture
def cdk(cloud: RunningCloud, tmp_path: Path) -> Program:
    """The CDK's command in a folder with the app."""
    modules = node_modules(APP / "package.json")
    folder = tmp_path / "app"
    shutil.copytree(APP, folder)
    environment = {
        **cloud.environment,
        "NODE_PATH": str(modules),
        "PATH": f"{modules / '.bin'}{os.pathsep}{cloud.environment['PATH']}",
        "CDK_HOME": str(tmp_path / "home"),
        "CDK_DISABLE_VERSION_CHECK": "1",
        "CDK_DISABLE_CLI_TELEMETRY": "1",
    }
    return Program(("cdk",), folder, environment)


@pytest.fixture
def given(cloud: RunningCloud) -> tuple[str, ...]:
    """The app's inputs: whose tokens are good."""
    stands = cloud.ask("GET", "defaults")
    return (
        *("-c", f"pool={stands['user_pool_endpoint']}"),
        *("-c", f"client={stands['user_pool_client_ids'][0]}"),
    )


def test_an_app_lives_and_leaves_only_what_bootstrap_made(
    cloud: RunningCloud, cdk: Program, given: tuple[str, ...]
) -> None:
    assert "bootstrapped" in cdk("bootstrap", *QUIET, f"aws://{cloud.run.account}/{cloud.run.region}")
    assert "(no changes)" in cdk("bootstrap", *QUIET, f"aws://{cloud.run.account}/{cloud.run.region}")
    stood = what_stands(cloud)

    said = cdk("deploy", *QUIET, *NO_QUESTIONS, *given)

    found = re.search(r"sales-support\.ApiEndpoint = (\S+)", said)
    assert found, said
    url = f"{found[1]}/orders"
    status, page = get(url, cloud.token())
    assert (status, "Congratulations!" in page) == (200, True)
    assert get(url)[0] == 401
    assert get(url, cloud.token(), "POST")[0] == 404

    assert "(no changes)" in cdk("deploy", *QUIET, *NO_QUESTIONS, *given)
    assert "There were no differences" in cdk("diff", "--ci", "--fail", *given, expect=THE_SAME)
    seen = cdk("diff", "--ci", "--fail", *given, *CHANGED, expect=DIFFERENT)
    assert "[~] AWS::ECS::TaskDefinition Task Task79114B6B replace" in seen
    assert "[+] AWS::ApiGatewayV2::Route" in seen

    cdk("deploy", *QUIET, *NO_QUESTIONS, *given, *CHANGED)

    assert get(url, cloud.token(), "POST")[0] == 200
    assert "(no changes)" in cdk("deploy", *QUIET, *NO_QUESTIONS, *given, *CHANGED)

    assert "destroyed" in cdk("destroy", *QUIET, "--force", *given)
    assert what_stands(cloud) == stood
