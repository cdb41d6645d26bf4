"""What containers write, on its way to their log groups: the awslogs driver.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_awslogs.html
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import msgspec

from hatoba.cloud.ecs import texts
from hatoba.cloud.ecs.control.messages import Gathering, beginning
from hatoba.cloud.state import Scope
from hatoba.cloud.wire import ServiceError

if TYPE_CHECKING:
    import re
    from collections.abc import Sequence

    from hatoba.cloud.ecs.act.outside import Outside
    from hatoba.cloud.ecs.definition import ContainerDefinition

_log = logging.getLogger(__name__)


class NoLogGroup(Exception):
    """The log stream cannot be made; the text is the task's stopped reason."""


class Stream(msgspec.Struct, frozen=True):
    """The log stream of one container; ``begins``: what a message of several lines begins with."""

    scope: Scope
    group: str
    name: str
    creates_group: bool = False
    begins: re.Pattern[str] | None = None


def stream_of(definition: ContainerDefinition, scope: Scope, task_id: str) -> Stream | None:
    """Return where the container's output goes: ``prefix/container/task-id``; None: nowhere."""
    configuration = definition.log_configuration
    if configuration is None or configuration.log_driver != "awslogs":
        return None
    options = configuration.options
    return Stream(
        Scope(scope.account, options.get("awslogs-region", scope.region)),
        options["awslogs-group"],
        f"{options['awslogs-stream-prefix']}/{definition.name}/{task_id}",
        options.get("awslogs-create-group") == "true",
        beginning(options),
    )


async def open_stream(outside: Outside, stream: Stream) -> None:
    """Make the log stream, and its group where the definition asks for it.

    Raises:
        NoLogGroup: There is no such group.
    """
    if stream.creates_group:
        await _unless_there(outside, stream.scope, "CreateLogGroup", logGroupName=stream.group)
    try:
        await _unless_there(
            outside,
            stream.scope,
            "CreateLogStream",
            logGroupName=stream.group,
            logStreamName=stream.name,
        )
    except ServiceError as error:
        if error.code == "ResourceNotFoundException":
            raise NoLogGroup(texts.NO_LOG_GROUP) from error
        raise


class Writer:
    """Writes what one container says, line by line or joined to messages."""

    def __init__(self, outside: Outside, stream: Stream) -> None:
        self._outside = outside
        self._stream = stream
        self._gathering = Gathering(stream.begins) if stream.begins else None
        self._waiting: asyncio.Task[None] | None = None

    def write(self, lines: Sequence[tuple[float, str]]) -> None:
        """Keep lines; the last message is held for a while, for more of it may come."""
        if self._gathering is None:
            write(self._outside, self._stream, lines)
            return
        write(self._outside, self._stream, self._gathering.add(lines))
        if self._gathering and self._waiting is None:
            self._waiting = asyncio.create_task(self._wait(), name=f"message of {self._stream.name}")

    def end(self) -> None:
        """Keep what is still held. Idempotent."""
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None
        if self._gathering:
            write(self._outside, self._stream, self._gathering.rest())

    async def _wait(self) -> None:
        await self._outside.world.clock.sleep(self._outside.pace.message_s)
        self._waiting = None
        self.end()


def write(outside: Outside, stream: Stream, lines: Sequence[tuple[float, str]]) -> None:
    """Keep lines; a group that was deleted under a running task swallows them, as on AWS."""
    events = [(int(at * 1000), line) for at, line in lines]
    if not events:
        return
    try:
        outside.logs.append(stream.scope, stream.group, stream.name, events)
    except ServiceError as error:
        _log.warning("%s %s: %d lines lost: %s", stream.group, stream.name, len(events), error.message)


async def _unless_there(outside: Outside, scope: Scope, operation: str, **params: str) -> None:
    try:
        await outside.ask(scope, "logs", operation, **params)
    except ServiceError as error:
        if error.code != "ResourceAlreadyExistsException":
            raise
