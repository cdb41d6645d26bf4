"""What is loaded when: commands start fast because doors are opened late."""

from __future__ import annotations

import subprocess
import sys


def test_the_package_is_imported_without_what_a_definition_needs() -> None:
    code = "import sys, hatoba; sys.exit('pydantic' in sys.modules or 'botocore' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_finding_a_definition_and_asking_for_its_stack_load_nothing_that_constructs_need() -> None:
    code = (
        "import sys, hatoba.deploy; from hatoba.definition.project import find;"
        "sys.exit('pydantic' in sys.modules or 'hatoba.definition.construct' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_definition_is_loaded_without_any_door_to_aws() -> None:
    code = (
        "import sys, hatoba.definition.project, hatoba.plan, hatoba.render, hatoba.deploy;"
        "sys.exit(any(name in sys.modules for name in ('botocore', 'boto3', 'yaml', 'aiohttp')))"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
