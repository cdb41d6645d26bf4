"""Deleting: what is needed by others goes after them, everything else at once."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Literal

import msgspec
from msgspec.structs import replace

from hatoba.cloud.cloudformation.act import failures

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hatoba.cloud.cloudformation.act.steps import Steps
    from hatoba.cloud.cloudformation.model import Physical, StackResource

_log = logging.getLogger(__name__)

Retaining = Literal["all", "not_new", "none"]
"""Which of the policies count: Retain and RetainExceptOnCreate, Retain alone, or neither."""


class Doomed(msgspec.Struct, frozen=True):
    """Something to delete: a record with its physical resource, or an old one that was replaced.

    Attributes:
        record: Whose it is.
        physical: What to delete; None where nothing was ever made.
        is_surplus: It was replaced: the record itself stays.
        policy: Its DeletionPolicy, or the UpdateReplacePolicy of a replaced one.
    """

    record: StackResource
    physical: Physical | None
    is_surplus: bool = False
    policy: str = "Delete"


class Remove:
    """One run of deletions; ``failed`` names what could not be deleted."""

    def __init__(
        self,
        steps: Steps,
        *,
        retaining: Retaining,
        keep_records: bool,
        leave: Sequence[str] = (),
        is_forced: bool = False,
    ) -> None:
        """Prepare a run.

        Args:
            steps: Of the operation.
            retaining: Which policies count.
            keep_records: Whether records stay, as DELETE_COMPLETE: those of a deleted stack do.
            leave: Logical ids to leave alone.
            is_forced: Whether what cannot be deleted is left behind.
        """
        self._steps = steps
        self._retaining = retaining
        self._keep_records = keep_records
        self._leave = frozenset(leave)
        self._is_forced = is_forced
        self._gone: dict[str, asyncio.Event] = {}
        self._left: set[str] = set()
        self.failed: list[str] = []

    async def run(self, doomed: Sequence[Doomed]) -> None:
        """Delete everything that can be deleted."""
        by_name: dict[str, list[Doomed]] = {}
        for item in doomed:
            by_name.setdefault(item.record.logical_id, []).append(item)
        self._gone = {name: asyncio.Event() for name in by_name}
        needed_by: dict[str, list[str]] = {name: [] for name in by_name}
        for name, items in by_name.items():
            for needed in items[0].record.needs:
                if needed in needed_by:
                    needed_by[needed].append(name)
        async with asyncio.TaskGroup() as tasks:
            for name, items in by_name.items():
                tasks.create_task(self._node(name, items, needed_by[name]))

    async def _node(self, name: str, items: list[Doomed], needed_by: list[str]) -> None:
        for other in needed_by:
            await self._gone[other].wait()
        if self._left.isdisjoint(needed_by):
            for item in items:
                await self._delete(item)
        else:
            self._left.add(name)  # what still stands needs it
        self._gone[name].set()

    async def _delete(self, doomed: Doomed) -> None:
        if self._is_retained(doomed):
            self._tell(doomed, "DELETE_SKIPPED")
            self._forget(doomed)
            return
        if doomed.physical is None:
            self._tell(doomed, "DELETE_COMPLETE")
            self._forget(doomed)
            return
        self._tell(doomed, "DELETE_IN_PROGRESS")
        try:
            await self._steps.delete(doomed.record, doomed.physical)
        except Exception as error:  # noqa: BLE001 - one resource's outer edge: whatever it is fails the deletion
            if not failures.is_expected(error):
                _log.exception("%s: %s was not deleted", self._steps.stack.name, doomed.record.logical_id)
            self._tell(doomed, "DELETE_FAILED", failures.reason(error, doomed.record.logical_id))
            if self._is_forced:
                self._tell(doomed, "DELETE_SKIPPED")
                self._forget(doomed)
                return
            self.failed.append(doomed.record.logical_id)
            self._left.add(doomed.record.logical_id)
            return
        with self._steps.store.state.transaction():
            self._tell(doomed, "DELETE_COMPLETE")
            self._forget(doomed)

    def _is_retained(self, doomed: Doomed) -> bool:
        policies = {"all": {"Retain", "RetainExceptOnCreate"}, "not_new": {"Retain"}, "none": set[str]()}
        return doomed.policy in policies[self._retaining] or doomed.record.logical_id in self._leave

    def _tell(self, doomed: Doomed, status: str, reason: str | None = None) -> None:
        """Write the status down; of a surplus resource only the event tells."""
        record = replace(doomed.record, status=status, reason=reason, updated=self._steps.now())
        if not doomed.is_surplus:
            self._steps.tell(record)
            return
        assert doomed.physical is not None
        self._steps.store.tell(
            self._steps.scope, self._steps.stack, replace(record, physical_id=doomed.physical.id)
        )

    def _forget(self, doomed: Doomed) -> None:
        store, scope = self._steps.store, self._steps.scope
        if doomed.is_surplus:
            record = store.resources.get(scope, doomed.record.key)
            if record is not None:
                left = tuple(item for item in record.surplus if item != doomed.physical)
                store.resources.put(scope, replace(record, surplus=left))
        elif not self._keep_records:
            store.resources.delete(scope, doomed.record.key)


def with_surplus(record: StackResource) -> list[Doomed]:
    """Return a record's physical resource and those it has replaced, all to be deleted."""
    return [
        *(Doomed(record, old, is_surplus=True, policy=old.policy) for old in record.surplus),
        Doomed(record, record.physical, policy=record.deletion_policy),
    ]
