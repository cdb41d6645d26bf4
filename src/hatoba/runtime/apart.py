"""Which tasks of this machine cannot be held apart from one another by security groups, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hatoba.runtime.callers import Callers
from hatoba.runtime.sockets import find_engine
from hatoba.runtime.wall import why_no_wall

if TYPE_CHECKING:
    from collections.abc import Callable

    from hatoba.runtime.sockets import EngineAddress


def not_held_apart(mode: str, find: Callable[[], EngineAddress] = find_engine) -> tuple[str, ...]:
    """Return what must be said at the start of a cloud that enforces security groups, in sentences.

    Args:
        mode: Its runtimes: ``auto``, ``process``, ``container`` or ``simulated``.
        find: Looks for the container engine.
    """
    whys = {}
    if mode in {"auto", "process"}:
        whys["processes"] = Callers.why_unknown()
    engine = find().url if mode in {"auto", "container"} else None
    if engine is not None:
        whys["containers"] = why_no_wall(engine)
    return tuple(
        f"Security groups do not hold tasks apart that run as {kind}: {why}."
        for kind, why in whys.items()
        if why is not None
    )
