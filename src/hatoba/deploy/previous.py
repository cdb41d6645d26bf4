"""The deployment before, carried inside the template's Metadata: what ``hatoba rollback`` goes back to.

CloudFormation keeps only the template that stands. A change of Metadata alone changes nothing there, so the
one before travels in it, compressed: no bucket, no file on somebody's machine, and the team shares it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

KEY = "Hatoba"
MEMBER = "Previous"
HIDDEN = "****"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A deployment that stood: all that CloudFormation needs to make it again."""

    template: str
    parameters: Mapping[str, str]
    tags: Mapping[str, str]

    @property
    def can_return(self) -> bool:
        """Whether every parameter's value is known: CloudFormation shows none that has NoEcho."""
        return HIDDEN not in self.parameters.values()


def carrying(template: str, before: Snapshot, limit: int) -> str:
    """A template with the deployment before it in its Metadata, or as it is if that would be too large."""
    try:
        body = json.loads(template)
    except ValueError:  # YAML, of a stack that another tool made
        return template
    kept = {
        "template": bare(before.template),
        "parameters": dict(before.parameters),
        "tags": dict(before.tags),
    }
    packed = base64.b64encode(zlib.compress(json.dumps(kept, separators=(",", ":")).encode(), 9)).decode()
    metadata = {**body.get("Metadata", {}), KEY: {MEMBER: packed}}
    for indent, separators in ((1, None), (None, (",", ":"))):
        text = json.dumps({**body, "Metadata": metadata}, indent=indent, separators=separators)
        if len(text.encode()) <= limit:
            return text
    return template


def carried(template: str) -> Snapshot | None:
    """The deployment that a template carries, None where it carries none that can be read."""
    try:
        packed = json.loads(template)["Metadata"][KEY][MEMBER]
        kept = json.loads(zlib.decompress(base64.b64decode(packed, validate=True)))
        return Snapshot(kept["template"], dict(kept["parameters"]), dict(kept["tags"]))
    except (ValueError, KeyError, TypeError, zlib.error):
        return None


def bare(template: str) -> str:
    """A template without what it carries, written so that equal ones are equal texts."""
    try:
        body: dict[str, Any] = json.loads(template)
    except ValueError:
        return template
    metadata = {key: value for key, value in body.get("Metadata", {}).items() if key != KEY}
    kept = {key: value for key, value in body.items() if key != "Metadata"}
    return json.dumps(kept | ({"Metadata": metadata} if metadata else {}), separators=(",", ":"))


def fingerprint(*parts: object) -> str:
    """A short text that differs where the parts do."""
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:32]
