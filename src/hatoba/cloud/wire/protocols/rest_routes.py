"""Which operation a method and a path are, by the model's URI templates.

Labels come still encoded and are decoded one by one: ``%2F`` inside a label is not a separator, and a
stage may be written ``$default`` or ``%24default``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from botocore.model import ServiceModel


class Route(msgspec.Struct, frozen=True):
    """One operation's template: its segments are literals, ``{label}`` or a last ``{greedy+}``."""

    operation: str
    method: str
    segments: tuple[str, ...]

    @property
    def is_greedy(self) -> bool:
        """Whether its last label takes the rest of the path."""
        return bool(self.segments) and self.segments[-1].endswith("+}")

    @property
    def rank(self) -> tuple[bool, int]:
        """Sort key: literal segments win over labels, and greedy templates come last."""
        return self.is_greedy, -sum(not segment.startswith("{") for segment in self.segments)

    def labels_of(self, segments: Sequence[str]) -> dict[str, str] | None:
        """Return the labels by name when the template fits, else None."""
        wanted = self.segments
        if self.is_greedy:
            head = len(wanted) - 1
            if len(segments) <= head:
                return None
            segments = [*segments[:head], "/".join(segments[head:])]
        if len(segments) != len(wanted):
            return None
        labels = {}
        for template, segment in zip(wanted, segments, strict=True):
            if template.startswith("{"):
                if not segment:
                    return None
                labels[template.strip("{}+")] = unquote(segment)
            elif template != segment:
                return None
        return labels


class RestRoutes:
    """All templates of one service."""

    def __init__(self, model: ServiceModel) -> None:
        routes = []
        for name in model.operation_names:
            http: Mapping[str, str] = model.operation_model(name).http
            path = http["requestUri"].partition("?")[0]
            routes.append(Route(name, http["method"], _segments(path)))
        self._by_method: dict[str, list[Route]] = {}
        for route in sorted(routes, key=lambda route: route.rank):
            self._by_method.setdefault(route.method, []).append(route)

    def match(self, method: str, path: str) -> tuple[str, dict[str, str]] | None:
        """Return the operation and its labels by name, or None."""
        segments = _segments(path)
        for route in self._by_method.get(method, ()):
            labels = route.labels_of(segments)
            if labels is not None:
                return route.operation, labels
        return None


def _segments(path: str) -> tuple[str, ...]:
    return tuple(path.strip("/").split("/"))
