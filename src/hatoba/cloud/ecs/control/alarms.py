"""Alarms of a deployment: what of CloudWatch's states counts, and how long it is watched.

::

    first look ─→ alarms that ring already are left out of account
    any other that rings while the deployment is in progress ─→ it fails, and is rolled back if so wished
    all tasks serve ─→ it bakes: is watched for a while longer, then it is done

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-alarm-failure.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from hatoba.cloud.ecs.control.decisions import Bake, Fail, Wait

if TYPE_CHECKING:
    from collections.abc import Collection

    from hatoba.cloud.ecs.model import Alarms, Deployment, Service


def watched(service: Service) -> Alarms | None:
    """Return the alarms that the service's newest deployment is to be watched by now; None where by none.

    A way back is not watched: the alarms that led to it still ring.
    """
    alarms = service.rollout.alarms
    if service.status != "ACTIVE" or alarms is None or not alarms.enable:
        return None
    is_under_way = service.primary.rollout_state == "IN_PROGRESS" and not service.primary.rolls_back
    return alarms if is_under_way else None


def looked_at(deployment: Deployment, ringing: Collection[str]) -> Deployment:
    """Return the deployment after a look at its alarms, of which these are in ALARM."""
    names = tuple(sorted(ringing))
    if deployment.alarms_at_start is None:
        return replace(deployment, alarms_at_start=names)
    gone_off = tuple(name for name in names if name not in deployment.alarms_at_start)
    return replace(deployment, alarms_gone_off=gone_off or deployment.alarms_gone_off)


def failed(service: Service) -> Fail | None:
    """Return the end of a deployment of which an alarm went off."""
    alarms, primary = watched(service), service.primary
    if alarms is None or not primary.alarms_gone_off:
        return None
    rolls_back = alarms.rollback and service.last_completed is not None
    why = f"in ALARM: {', '.join(primary.alarms_gone_off)}"
    return Fail(primary.id, why, rolls_back, is_by_alarm=True)


def baking(service: Service, now: float) -> Bake | Wait | None:
    """Return what keeps a deployment from being done though all of its tasks serve; None where nothing."""
    if watched(service) is None:
        return None
    until = service.primary.bakes_until
    if until is None:
        return Bake(service.primary.id, "all tasks serve, and its alarms are watched a while longer")
    return Wait(until, "the alarms are watched") if now < until else None
