"""A template as text."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hatoba.render.cloudformation import Template


def to_json(template: Template, *, compact: bool = False) -> str:
    """The template as JSON in its own order: indented by two spaces, or without any space."""
    if compact:
        return json.dumps(template, separators=(",", ":"), ensure_ascii=False)
    return json.dumps(template, indent=2, ensure_ascii=False) + "\n"


def to_yaml(template: Template) -> str:
    """The template as YAML in its own order; texts that YAML would read as something else are quoted."""
    import yaml

    class Dumper(yaml.SafeDumper):
        """Indents lists under their key and never writes anchors."""

        def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002 - PyYAML's signature
            super().increase_indent(flow, False)

        def ignore_aliases(self, data: object) -> bool:
            del data
            return True

    text: str = yaml.dump(template, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=110)
    return text
