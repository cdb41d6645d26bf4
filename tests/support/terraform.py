"""Real Terraform with the real AWS provider from a mirror on this machine: no registry is asked."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

PROVIDER = "registry.terraform.io/hashicorp/aws"
LOOKED_IN = ("/opt", "/usr/local/share/terraform", "/usr/share/terraform", "~/.terraform.d")
NOTHING_TO_DO, DIFFERENCES = 0, 2
WITHIN_S = 300
PLANNED = "planned"


@cache
def mirror() -> Path | None:
    """Return the folder of Terraform's file-system mirror that holds the AWS provider, if there is one."""
    named = os.environ.get("HATOBA_TEST_TERRAFORM_MIRROR")
    folders = [Path(named)] if named else [each for place in LOOKED_IN for each in _below(place)]
    return next((folder for folder in folders if (folder / PROVIDER).is_dir()), None)


def _below(place: str) -> list[Path]:
    folder = Path(place).expanduser()
    return [folder, *sorted(folder.glob("*")), *sorted(folder.glob("*/*"))]


def needs_terraform() -> Path:
    """Return the mirror; skip the test where Terraform or the provider is missing."""
    if shutil.which("terraform") is None:
        pytest.skip("terraform is not installed")
    found = mirror()
    if found is None:
        pytest.skip(
            f"no file-system mirror of the provider {PROVIDER} in {', '.join(LOOKED_IN)};"
            " HATOBA_TEST_TERRAFORM_MIRROR names another folder"
        )
    return found


def _unpacked(mirror: Path) -> Path | None:
    """Return the folder of the provider's program, if the mirror holds it unpacked."""
    found = sorted((mirror / PROVIDER).glob("*/*/terraform-provider-aws*"))
    return found[-1].parent if found else None


def _installation(mirror: Path, unpacked: Path | None) -> str:
    override = f'  dev_overrides {{ "{PROVIDER}" = "{unpacked}" }}\n' if unpacked else ""
    return f'provider_installation {{\n{override}  filesystem_mirror {{ path = "{mirror}" }}\n}}\n'


class Terraform:
    """Terraform in a folder with a copy of a configuration, in an environment that a cloud gave.

    With ``by_init`` the folder is initialised as users do. Else Terraform takes the mirror's provider as it
    lies there: it neither looks for versions nor takes the checksum of 700 MB at every command.
    """

    def __init__(
        self, folder: Path, configuration: Path, environment: Mapping[str, str], *, by_init: bool = False
    ) -> None:
        shutil.copytree(configuration, folder)
        unpacked = None if by_init else _unpacked(needs_terraform())
        settings = folder / "terraform.rc"
        settings.write_text(_installation(needs_terraform(), unpacked))
        self._folder = folder
        self._environment = {
            **environment,
            "TF_CLI_CONFIG_FILE": str(settings),
            "TF_IN_AUTOMATION": "1",
            "TF_INPUT": "0",
            "CHECKPOINT_DISABLE": "1",
            "GOGC": "400",  # a quarter of its time is Go's collector, and memory there is
        }
        if unpacked is None:
            self("init")

    def __call__(self, *words: str, expect: int = NOTHING_TO_DO) -> str:
        """Run a command that must end with this exit code; return what it printed."""
        with subprocess.Popen(
            ["terraform", words[0], "-no-color", *words[1:]],
            cwd=self._folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        ) as process:
            try:
                out, err = process.communicate(timeout=WITHIN_S)
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)  # its provider with it
        assert process.returncode == expect, f"terraform {' '.join(words)}: {process.returncode}\n{out}{err}"
        return out

    def give(self, **values: object) -> None:
        """Set variables, in place of all that were set before."""
        (self._folder / "terraform.tfvars.json").write_text(json.dumps(values))

    def apply(self) -> None:
        """Make what the configuration says."""
        self("apply", "-auto-approve")

    def apply_planned(self) -> None:
        """Make what the last plan says."""
        self("apply", PLANNED)

    def plan(self, *, expect: int) -> str:
        """Look again; ``expect`` is :data:`NOTHING_TO_DO` or :data:`DIFFERENCES`."""
        return self("plan", "-detailed-exitcode", f"-out={PLANNED}", expect=expect)

    def destroy(self) -> None:
        """Remove everything."""
        self("destroy", "-auto-approve")

    def outputs(self) -> dict[str, Any]:
        """Return the outputs' values."""
        return {name: each["value"] for name, each in json.loads(self("output", "-json")).items()}
