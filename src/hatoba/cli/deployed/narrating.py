"""Telling a deployment while it runs: redrawn on a terminal, plain lines in CI."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from hatoba.cli import output
from hatoba.deploy import Clearing, Proposed, ResourceEvent, Waiting

if TYPE_CHECKING:
    from datetime import datetime
    from types import TracebackType
    from typing import Self

    from rich.status import Status

    from hatoba.deploy import Clients, DeployEvent

SERVICE = "AWS::ECS::Service"
LOOK_EVERY_S = 10.0
SHOWN_AT_ONCE = 3
GOES_BACK = frozenset({"ROLLBACK_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS"})


class Narrator:
    """Tells how a deployment goes: a line for each resource that came to an end.

    With ``clients``, what ECS says of a service that takes long is told too, and the first service that fails
    is looked into at once: when a rollback has ended, its tasks and their logs may be gone. What was found is
    in ``found``, its remedy in ``remedy``.
    """

    def __init__(self, clients: Clients | None = None, *, look_every_s: float = LOOK_EVERY_S) -> None:
        self.found = ""
        self.remedy = ""
        self._clients = clients
        self._look_every_s = look_every_s
        self._done = 0
        self._of = 0
        self._running: dict[str, float] = {}
        self._services: dict[str, tuple[str, datetime]] = {}
        self._looked_at = time.monotonic()
        self._status: Status | None = None

    def __enter__(self) -> Self:
        """Begin to redraw, on a terminal."""
        if output.is_live():
            self._status = output.stderr().status("")
            self._status.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the terminal as a deployment's lines made it."""
        if self._status is not None:
            self._status.stop()
            self._status = None

    def on_event(self, event: DeployEvent) -> None:
        """Tell one event."""
        if isinstance(event, Proposed):
            self._of = len(event.changes)
            changes = "1 change" if self._of == 1 else f"{self._of} changes"
            self._say(f"{event.kind.capitalize()} stack {event.stack}: {changes}")
        elif isinstance(event, Clearing):
            self._say(f"Stack {event.stack} is in {event.status}: what it left is removed first")
        elif isinstance(event, ResourceEvent):
            self._tell(event)
        elif isinstance(event, Waiting):
            self._tell_services()
            self._redraw()

    def _tell(self, event: ResourceEvent) -> None:
        if event.is_stack:
            if event.status in GOES_BACK:
                self._say(f"  {event.status}: what was changed goes back")
            return
        if not event.is_final:
            self._running.setdefault(event.logical_id, time.monotonic())
            if event.resource_type == SERVICE and event.physical_id:
                self._services.setdefault(event.logical_id, (event.physical_id, event.at))
        else:
            self._running.pop(event.logical_id, None)
            self._services.pop(event.logical_id, None)
            self._done += not event.has_failed
            reason = f"  {event.reason}" if event.has_failed and event.reason else ""
            self._say(f"  {event.status:<16} {event.logical_id} ({event.resource_type}){reason}")
            if event.has_failed and not self.found:
                self._look_into(event)
        self._redraw()

    def _tell_services(self) -> None:
        """Every few seconds: what ECS says meanwhile of the services in work."""
        if self._clients is None or time.monotonic() - self._looked_at < self._look_every_s:
            return
        self._looked_at = time.monotonic()
        from botocore.exceptions import BotoCoreError, ClientError

        from hatoba.advise.failure import service_events_after

        for name, (arn, told_until) in self._services.items():
            try:
                events = service_events_after(self._clients.ecs, arn, told_until)
            except (
                BotoCoreError,
                ClientError,
            ):  # a service that is not there yet, or a caller who may not look
                continue
            for at, message in events:
                self._say(f"    {message}")
                self._services[name] = (arn, at)

    def _say(self, text: str) -> None:
        if self._status is not None:
            self._status.console.print(text, markup=False)
        else:
            output.say(text)

    def _redraw(self) -> None:
        if self._status is None:
            return
        now = time.monotonic()
        longest = sorted(self._running.items(), key=lambda each: each[1])[:SHOWN_AT_ONCE]
        names = ", ".join(f"{name} {now - since:.0f} s" for name, since in longest)
        of = f" of {self._of}" if self._of else ""
        self._status.update(f"{self._done}{of} done; in work: {names or 'nothing'}")

    def _look_into(self, event: ResourceEvent) -> None:
        if self._clients is None or event.resource_type != SERVICE or not event.physical_id:
            return
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            self.found, self.remedy = what_tasks_said(self._clients, event.physical_id)
        except (BotoCoreError, ClientError) as error:
            self.found = f"       Why its tasks stopped cannot be seen: {error}"


def what_tasks_said(clients: Any, service_arn: str) -> tuple[str, str]:
    """What ECS and the tasks of a service that failed said, and what to do about it."""
    from hatoba.advise.doctor import remedy_for
    from hatoba.advise.failure import service_events, why_tasks_stopped

    told = [f"         {message}" for message in service_events(clients.ecs, service_arn)]
    said = ["       What ECS said:", *told] if told else []
    stopped = why_tasks_stopped(clients.ecs, clients.logs, service_arn)
    if stopped is None:
        return "\n".join(said), ""
    said.append(f"       Task {stopped.task_id} stopped: {stopped.reason}")
    said += [f"       Container {name}: exit code {code}" for name, code in stopped.exit_codes]
    if stopped.lines:
        said += ["       Its last lines:", *(f"         {line}" for line in stopped.lines)]
    return "\n".join(said), remedy_for(stopped.reason)
