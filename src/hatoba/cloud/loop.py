"""The one shape of a control loop: wait for a change or a tick, reconcile, again, until cancelled."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from hatoba.cloud.state import Change, Subscription

_log = logging.getLogger(__name__)

FIRST_PAUSE_S = 0.05
LONGEST_PAUSE_S = 5.0


async def reconcile_forever(
    name: str,
    changes: Subscription,
    step: Callable[[tuple[Change, ...]], Awaitable[float | None]],
) -> None:
    """Run ``step`` at once, then after every change and after each pause that it asks for.

    Args:
        name: For the log.
        changes: What wakes the loop.
        step: Gets the changes since its last run (none at the start and on a tick) and returns after
            how many seconds it wants to run again without one; None waits for the next change.
    """
    pause_s: float | None = 0.0
    failed_pause_s = FIRST_PAUSE_S
    while True:
        woken_by = await changes.wait(pause_s)
        try:
            pause_s = await step(woken_by)
            failed_pause_s = FIRST_PAUSE_S
        except Exception:  # noqa: BLE001 - the loop's outer edge: one bad step must not end the service
            _log.exception("%s: a step failed; next try in %.2f s", name, failed_pause_s)
            pause_s = failed_pause_s
            failed_pause_s = min(failed_pause_s * 2, LONGEST_PAUSE_S)
