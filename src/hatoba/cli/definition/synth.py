"""``hatoba synth``: the CloudFormation template of the definition. The same for every environment."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from hatoba.cli.project import explained, load_project

if TYPE_CHECKING:
    from pathlib import Path


def synth(file: Path | None, *, as_json: bool) -> None:
    """Print the template, as YAML or as JSON."""
    from hatoba.plan import plan
    from hatoba.render import template, to_json, to_yaml

    with explained():
        project = load_project(file)
        project.validate(project.environment())
        rendered = template(plan(project.system))
    text = to_json(rendered) if as_json else to_yaml(rendered)
    sys.stdout.write(text if text.endswith("\n") else text + "\n")
