"""Going back: what an update has changed becomes what it was before, in the order of need."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from msgspec.structs import replace

from hatoba.cloud.cloudformation.act import failures
from hatoba.cloud.cloudformation.template import graph

if TYPE_CHECKING:
    from hatoba.cloud.cloudformation.act.steps import Steps
    from hatoba.cloud.cloudformation.model import StackResource

_log = logging.getLogger(__name__)


async def revert(steps: Steps, skip: tuple[str, ...]) -> list[str]:
    """Restore every resource that has a ``before``; return those that could not be restored.

    A replaced resource gets its old physical one back at once; the new one becomes surplus. One that was
    changed in place is changed again. Run again after a crash, it goes on with what is left.
    """
    records = steps.store.resources_of(steps.scope, steps.stack.id)
    order = graph.in_order({name: set(record.needs) for name, record in records.items()})
    failed: list[str] = []
    for name in order:
        record = records[name]
        if record.before is None:
            continue
        if name in skip:
            steps.store.resources.put(
                steps.scope, replace(record, status="UPDATE_COMPLETE", reason=None, before=None)
            )
            continue
        try:
            await _restore(steps, record)
        except Exception as error:  # noqa: BLE001 - one resource's outer edge: whatever it is fails the rollback
            if not failures.is_expected(error):
                _log.exception("%s: %s was not restored", steps.stack.name, name)
            steps.tell(replace(record, status="UPDATE_FAILED", reason=failures.reason(error, name)))
            failed.append(name)
    return failed


async def _restore(steps: Steps, record: StackResource) -> None:
    before = record.before
    assert before is not None
    with steps.store.state.transaction():
        begun = steps.tell(replace(record, status="UPDATE_IN_PROGRESS", reason=None))
    if before.id != record.physical_id or record.is_replaced:
        made = record.physical if before.id != record.physical_id else None
        restored = replace(
            begun,
            status="UPDATE_COMPLETE",
            reason=None,
            physical_id=before.id,
            properties=before.properties,
            attributes=before.attributes,
            tags=before.tags,
            surplus=(*record.surplus, replace(made, policy="Delete")) if made else record.surplus,
            before=None,
            is_replaced=False,
        )
        steps.tell(restored)
        return
    restored = await steps.restore(begun)
    steps.store.resources.put(
        steps.scope,
        replace(restored, properties=before.properties, tags=before.tags, before=None),
    )
