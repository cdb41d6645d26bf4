"""Which route takes a request: API Gateway's order, without I/O.

A full match of method and path comes first, then a greedy variable, then ``$default``. Where several fit,
the paths are compared from the left: a literal segment beats a variable. On one path the exact method
beats ``ANY``. https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar, final
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

DEFAULT = "$default"
ANY = "ANY"

T = TypeVar("T")


@final
class Match(Generic[T]):
    """The route chosen, and its path variables as they stood in the request, still percent-encoded."""

    __slots__ = ("route", "variables")

    def __init__(self, route: T, variables: Mapping[str, str]) -> None:
        self.route = route
        self.variables = variables


@final
class _Node(Generic[T]):
    """One segment of the routes' paths: what may follow, and which methods end here."""

    __slots__ = ("ends", "greedy", "literals", "variable")

    def __init__(self) -> None:
        self.literals: dict[str, _Node[T]] = {}
        self.variable: _Node[T] | None = None
        self.ends: dict[str, _End[T]] = {}
        self.greedy: dict[str, _End[T]] = {}


@final
class _End(Generic[T]):
    __slots__ = ("names", "route")

    def __init__(self, route: T, names: tuple[str, ...]) -> None:
        self.route = route
        self.names = names


@final
class Router(Generic[T]):
    """The routes of one stage. Built once for a snapshot, asked for every request."""

    def __init__(self, routes: Iterable[tuple[str, T]]) -> None:
        self._default: Match[T] | None = None
        self._static: dict[str, dict[str, Match[T]]] = {}
        self._root: _Node[T] = _Node()
        self._has_variables = False
        for route_key, route in routes:
            self._add(route_key, route)

    def _add(self, route_key: str, route: T) -> None:
        if route_key == DEFAULT:
            self._default = Match(route, {})
            return
        method, _, path = route_key.partition(" ")
        if "{" not in path:
            self._static.setdefault(path, {})[method] = Match(route, {})
        node = self._root
        names: list[str] = []
        for segment in path[1:].split("/"):
            if segment.startswith("{") and segment.endswith("+}"):
                node.greedy[method] = _End(route, (*names, segment[1:-2]))
                return
            if segment.startswith("{") and segment.endswith("}"):
                self._has_variables = True
                names.append(segment[1:-1])
                node.variable = node.variable or _Node()
                node = node.variable
            else:
                node = node.literals.setdefault(segment, _Node())
        node.ends[method] = _End(route, tuple(names))

    def match(self, method: str, path: str) -> Match[T] | None:
        """Return the route that takes ``method`` on ``path`` (percent-encoded, without stage), or None."""
        static = self._static.get(path)
        if static is not None:
            found = static.get(method) or static.get(ANY)
            if found is not None:
                return found
        segments = path[1:].split("/")
        is_encoded = "%" in path
        plain = [unquote(each) for each in segments] if is_encoded else segments
        walk: _Walk[T] = _Walk(method, segments, plain)
        found = None
        if self._has_variables or is_encoded:  # else the full match would be one of the static paths
            found = walk.full(self._root, 0, ())
        return found or walk.greedy(self._root, 0, ()) or self._default


@final
class _Walk(Generic[T]):
    """One search. Each node of the tree is visited at most twice, so no path is slow to match."""

    __slots__ = ("_count", "_method", "_plain", "_segments")

    def __init__(self, method: str, segments: list[str], plain: list[str]) -> None:
        self._method = method
        self._segments = segments
        self._plain = plain
        self._count = len(segments)

    def full(self, node: _Node[T], at: int, values: tuple[str, ...]) -> Match[T] | None:
        if at == self._count:
            end = node.ends.get(self._method) or node.ends.get(ANY)
            return None if end is None else Match(end.route, dict(zip(end.names, values, strict=True)))
        child = node.literals.get(self._plain[at])
        found = None if child is None else self.full(child, at + 1, values)
        if found is None and node.variable is not None and self._segments[at]:
            found = self.full(node.variable, at + 1, (*values, self._segments[at]))
        return found

    def greedy(self, node: _Node[T], at: int, values: tuple[str, ...]) -> Match[T] | None:
        if at == self._count:
            return None  # a greedy variable takes at least one segment, though that may be empty
        child = node.literals.get(self._plain[at])
        found = None if child is None else self.greedy(child, at + 1, values)
        if found is None and node.variable is not None and self._segments[at]:
            found = self.greedy(node.variable, at + 1, (*values, self._segments[at]))
        if found is not None:
            return found
        end = node.greedy.get(self._method) or node.greedy.get(ANY)
        if end is None:
            return None
        rest = "/".join(self._segments[at:])
        return Match(end.route, dict(zip(end.names, (*values, rest), strict=True)))


def choose_stage(path: str, names: frozenset[str]) -> tuple[str, str] | None:
    """Return the stage that serves ``path`` and the path within it, or None where no stage does.

    A first segment that names a stage chooses it, so such a path never reaches ``$default``.
    """
    if len(names) > 1 or DEFAULT not in names:
        first, slash, rest = path[1:].partition("/")
        name = unquote(first)
        if name != DEFAULT and name in names:
            return name, f"/{rest}" if slash else "/"
    return (DEFAULT, path) if DEFAULT in names else None
