"""Which tasks of this machine cannot be held apart from one another by security groups, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hatoba.runtime.callers import Callers
from hatoba.runtime.sockets import find_engine

if TYPE_CHECKING:
    from collections.abc import Callable

    from hatoba.runtime.sockets import EngineAddress

CONTAINERS = "nobody stands between them on the engine's network"


def not_held_apart(mode: str, find: Callable[[], EngineAddress] = find_engine) -> tuple[str, ...]:
    """Return what must be said at the start of a cloud that enforces security groups, in sentences.

    Args:
        mode: Its runtimes: ``auto``, ``process``, ``container`` or ``simulated``.
        find: Looks for the container engine.
    """
    whys = {}
    if mode in {"auto", "process"}:
        whys["processes"] = Callers.why_unknown()
    if mode in {"auto", "container"} and find().url is not None:
        whys["containers"] = CONTAINERS
    return tuple(
        f"Security groups do not hold tasks apart that run as {kind}: {why}."
        for kind, why in whys.items()
        if why is not None
    )
