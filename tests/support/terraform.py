"""Real Terraform with the real AWS provider from a mirror on this machine: no registry is asked."""

from __future__ import annotations

import json
import os
import shutil
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


class Terraform:
    """Terraform in a folder with a copy of a configuration, in an environment that a cloud gave."""

    def __init__(self, folder: Path, configuration: Path, environment: Mapping[str, str]) -> None:
        shutil.copytree(configuration, folder)
        settings = folder / "terraform.rc"
        settings.write_text(
            f'provider_installation {{\n  filesystem_mirror {{ path = "{needs_terraform()}" }}\n}}\n'
        )
        self._folder = folder
        self._environment = {
            **environment,
            "TF_CLI_CONFIG_FILE": str(settings),
            "TF_IN_AUTOMATION": "1",
            "TF_INPUT": "0",
            "CHECKPOINT_DISABLE": "1",
        }
        self("init")

    def __call__(self, *words: str, expect: int = NOTHING_TO_DO) -> str:
        """Run a command that must end with this exit code; return what it printed."""
        done = subprocess.run(
            ["terraform", words[0], "-no-color", *words[1:]],
            cwd=self._folder,
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=WITHIN_S,
            check=False,
        )
        assert done.returncode == expect, (
            f"terraform {' '.join(words)}: {done.returncode}\n{done.stdout}{done.stderr}"
        )
        return done.stdout

    def give(self, **values: object) -> None:
        """Set variables, in place of all that were set before."""
        (self._folder / "terraform.tfvars.json").write_text(json.dumps(values))

    def apply(self) -> None:
        """Make what the configuration says."""
        self("apply", "-auto-approve")

    def plan(self, *, expect: int) -> str:
        """Look again; ``expect`` is :data:`NOTHING_TO_DO` or :data:`DIFFERENCES`."""
        return self("plan", "-detailed-exitcode", expect=expect)

    def destroy(self) -> None:
        """Remove everything."""
        self("destroy", "-auto-approve")

    def outputs(self) -> dict[str, Any]:
        """Return the outputs' values."""
        return {name: each["value"] for name, each in json.loads(self("output", "-json")).items()}
