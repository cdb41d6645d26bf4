"""What stands in a service's way is told once, and again when it still stands six hours later.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-event-messages.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hatoba.cloud.ecs.control.decisions import Decision, Forget, Tell, Wait

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hatoba.cloud.ecs.model import Service

TOLD_AGAIN_AFTER_S = 6 * 3600.0


def told_once(service: Service, decided: Sequence[Decision], now: float) -> list[Decision]:
    """Return the decisions without what was told lately, and with what is over forgotten.

    Args:
        service: Whose ``troubles`` say what was told, and when.
        decided: All decisions of the moment, with a ``Tell`` for each trouble that stands.
        now: In epoch seconds.
    """
    standing = {each.text for each in decided if isinstance(each, Tell)}
    over = [text for text in service.troubles if text not in standing]
    decisions: list[Decision] = []
    for each in decided:
        if not isinstance(each, Tell):
            decisions.append(each)
            continue
        told_at = service.troubles.get(each.text)
        # Told in the future: the clock was set back since.
        if told_at is None or not 0.0 <= now - told_at < TOLD_AGAIN_AFTER_S:
            told_at = now
            decisions.append(each)
        decisions.append(Wait(told_at + TOLD_AGAIN_AFTER_S, "a trouble that still stands is told again"))
    return [*decisions, *(Forget(text, "its cause is gone") for text in over)]
