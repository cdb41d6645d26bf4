"""Tags. https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from hatoba.definition.construct import Construct
from hatoba.definition.faults import Finding
from hatoba.definition.known import Known
from hatoba.definition.system import System

_LIMIT = 50
_TEXT = re.compile(r"[\w\s.:/=+\-@]*")
_KEY_LIMIT, _VALUE_LIMIT = 128, 256


def tags(construct: Construct, _: Known) -> Iterable[Finding]:
    """Keys and values have AWS's length and characters; ``aws:`` is AWS's own."""
    given: Mapping[str, str] = getattr(construct, "tags", {})
    for key, value in given.items():
        if not 1 <= len(key) <= _KEY_LIMIT or not _TEXT.fullmatch(key) or key.lower().startswith("aws:"):
            yield Finding(
                f"tag {key!r} has 1 to {_KEY_LIMIT} letters, digits, spaces and _.:/=+-@, "
                "and does not start with aws:",
                "Choose another key.",
            )
        if len(value) > _VALUE_LIMIT or not _TEXT.fullmatch(value):
            yield Finding(
                f"the value of tag {key!r} has up to {_VALUE_LIMIT} letters, digits, spaces and _.:/=+-@",
                "Choose another value.",
            )


def number_of_tags(system: System, _: Known) -> Iterable[Finding]:
    """A resource has up to 50 tags, those of the system among them."""
    for construct in system.constructs():
        own: Mapping[str, str] = getattr(construct, "tags", {})
        count = len({*system.tags, *own})
        if own and count > _LIMIT:
            yield Finding(
                f"{getattr(construct, 'name', 'a resource')} has {count} tags; AWS takes {_LIMIT}",
                "Remove some.",
            )
