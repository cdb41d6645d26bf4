"""Unmodified Terraform builds a VPC and a namespace in it, sees no difference, changes and removes them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.functional.wire.serving import ACCOUNT, REGION, Served
from tests.support.terraform import mirror

MIRROR = mirror()
CONFIGURATION = Path(__file__).with_name("main.tf")

pytestmark = [
    pytest.mark.terraform,
    pytest.mark.timeout(600),
    pytest.mark.skipif(
        shutil.which("terraform") is None or MIRROR is None,
        reason="needs Terraform and a local mirror of the AWS provider",
    ),
]


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[Served]:
    """Run the whole cloud as a process of its own, as ``hatoba up`` does."""
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "hatoba.cloud.server",
            "--folder",
            str(tmp_path / "cloud"),
            *("--port", "0", "--ephemeral", "--runtime", "process"),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdout is not None
    try:
        ready = json.loads(process.stdout.readline())["ready"]
        yield Served(ready["port"])
    finally:
        process.terminate()
        process.wait(30)
        process.stdout.close()


class Terraform:
    """Terraform in a folder of its own, against the cloud."""

    def __init__(self, folder: Path, cloud: Served) -> None:
        self._folder = folder
        shutil.copy(CONFIGURATION, folder)
        rc = folder / "terraformrc"
        rc.write_text(f'provider_installation {{ filesystem_mirror {{ path = "{MIRROR}" }} }}')
        self._environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "TF_CLI_CONFIG_FILE": str(rc),
            "TF_IN_AUTOMATION": "1",
            "CHECKPOINT_DISABLE": "1",
            "AWS_ENDPOINT_URL": cloud.endpoint,
            "AWS_ACCESS_KEY_ID": ACCOUNT,
            "AWS_SECRET_ACCESS_KEY": "any",
            "AWS_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def __call__(self, *words: str, expect: int = 0) -> str:
        done = subprocess.run(
            ["terraform", *words],
            cwd=self._folder,
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == expect, f"terraform {' '.join(words)}\n{done.stdout}{done.stderr}"
        return done.stdout


def test_terraform_creates_sees_no_difference_changes_and_destroys(cloud: Served, tmp_path: Path) -> None:
    folder = tmp_path / "terraform"
    folder.mkdir()
    terraform = Terraform(folder, cloud)
    terraform("init", "-input=false", "-no-color")

    terraform("apply", "-auto-approve", "-input=false", "-no-color")
    outputs = json.loads(terraform("output", "-json"))
    assert outputs["default_subnets"]["value"] == 3
    assert outputs["hosted_zone"]["value"].startswith("Z")
    terraform("plan", "-detailed-exitcode", "-input=false", "-no-color")

    changed = ("-var=ttl=60", '-var=extra_tags={"Stage":"dev"}')
    terraform("apply", "-auto-approve", "-input=false", "-no-color", *changed)
    terraform("plan", "-detailed-exitcode", "-input=false", "-no-color", *changed)

    terraform("destroy", "-auto-approve", "-input=false", "-no-color", *changed)
    assert cloud.client("servicediscovery").list_namespaces()["Namespaces"] == []
    ec2 = cloud.client("ec2")
    assert [each["IsDefault"] for each in ec2.describe_vpcs()["Vpcs"]] == [True]
    assert len(ec2.describe_security_groups()["SecurityGroups"]) == 1
    assert ec2.describe_network_interfaces()["NetworkInterfaces"] == []
