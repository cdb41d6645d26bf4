"""Logical ids: readable, alphanumeric as CloudFormation wants them, and stable while a system grows.

An id is made from a construct's own name and kind alone, without the system's name in front, so adding
something never renames, and thereby replaces, what stands.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def pascal(*words: str) -> str:
    """``pascal("ecs_task", "memory")`` is ``EcsTaskMemory``; what is not alphanumeric separates words."""
    parts = re.findall(r"[A-Za-z0-9]+", " ".join(words))
    return "".join(part[0].upper() + part[1:] for part in parts)


class Names:
    """Gives each resource of one plan its logical id, and the same one again when asked again."""

    def __init__(self, system: str, *, reserved: Iterable[str] = ()) -> None:
        """Names of a system's resources, all different from the reserved ones."""
        self._prefix = f"{system}-"
        self._given: dict[tuple[str, ...], str] = {("", name): name for name in reserved}
        self._taken = set(self._given.values())

    def stem(self, name: str) -> str:
        """A name in Pascal case, without the system's own name in front."""
        return pascal(name.removeprefix(self._prefix)) or pascal(name) or "Unnamed"

    def id(self, kind: str, name: str, *, owner: str = "", within: str = "") -> str:
        """The logical id of a resource.

        ``owner`` is the stem of what it is a part of; ``within`` is where no other of its kind has its name.
        """
        key = (kind, name, owner, within)
        if key not in self._given:
            stem = owner + self.stem(name)
            wanted = stem if stem.endswith(kind) else stem + kind
            self._given[key] = self._unused(wanted, f"{within} {name}")
            self._taken.add(self._given[key])
        return self._given[key]

    def _unused(self, wanted: str, whole_name: str) -> str:
        # "/a-b" and "/a/b" have the same words: the later one is told apart by its exact name.
        if wanted in self._taken:
            return wanted + hashlib.sha256(whole_name.encode()).hexdigest()[:6].upper()
        return wanted
