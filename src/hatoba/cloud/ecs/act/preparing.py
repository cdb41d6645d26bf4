"""What a task needs before its containers can start: streams, values, images, and its place in a runtime.

::

    log streams ─→ secrets, environment files ─→ images ─→ what it is told ─→ TaskSpec

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from hatoba.cloud.ecs.act import output, resolving
from hatoba.cloud.ecs.act.inside import CannotAssume
from hatoba.cloud.ecs.control.specification import Fetched, task_spec
from hatoba.cloud.ecs.definition import read_overrides
from hatoba.cloud.ecs.model import ImagePins, Pin
from hatoba.runtime.protocol import (
    CannotCreateVolume,
    CannotPull,
    CannotStart,
    Choice,
    DoorsClosed,
    StartTimedOut,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hatoba.cloud.ecs.act.inside import Inside
    from hatoba.cloud.ecs.act.outside import Outside
    from hatoba.cloud.ecs.definition import ContainerDefinition, TaskDefinitionView
    from hatoba.cloud.ecs.model import Task
    from hatoba.cloud.state import Scope
    from hatoba.runtime.protocol import Address, Image, Listener, TaskSpec


class FailedToStart(Exception):
    """The task cannot come up; the text is its stopped reason."""


def start_error(error: CannotStart) -> str:
    """Say in AWS's words why a container was not started."""
    if isinstance(error, CannotCreateVolume):
        return f"CannotCreateVolumeError: {error}"
    if isinstance(error, StartTimedOut):
        return f"ContainerRuntimeTimeoutError: {error}"
    return f"CannotStartContainerError: {error}"


class Preparation(msgspec.Struct, frozen=True):
    """One task that is being prepared."""

    outside: Outside
    inside: Inside
    scope: Scope
    task: Task
    view: TaskDefinitionView

    async def open_streams(self, streams: Iterable[output.Stream]) -> None:
        """Make the log streams.

        Raises:
            FailedToStart: A log group is not there.
        """
        try:
            for stream in streams:
                await output.open_stream(self.outside, stream)
        except output.NoLogGroup as error:
            raise FailedToStart(str(error)) from error

    async def fetch(self) -> dict[str, Fetched]:
        """Return what each container's definition only points at.

        Raises:
            FailedToStart: Something of it cannot be had.
        """
        try:
            return {each.name: await self._fetch(each) for each in self.view.container_definitions}
        except resolving.CannotResolve as error:
            raise FailedToStart(str(error)) from error

    async def _fetch(self, definition: ContainerDefinition) -> Fetched:
        own = read_overrides(self.task.overrides).of(definition.name)
        files = definition.environment_files if own.environment_files is None else own.environment_files
        return Fetched(
            await resolving.secrets(self.outside, self.scope, definition),
            await resolving.environment_files(self.outside, self.scope, files),
        )

    async def choose(self) -> Choice:
        """Return the runtime with the images, the very ones of the deployment's other tasks.

        Raises:
            FailedToStart: An image cannot be had.
        """
        references = tuple(dict.fromkeys(each.image for each in self.view.container_definitions))
        try:
            choice = await self.outside.runtimes.choose(references)
            pinned = await self._pinned(choice)
        except CannotPull as error:
            raise FailedToStart(f"CannotPullContainerError: {error}") from error
        return replace(choice, images=choice.images | pinned)

    async def _pinned(self, choice: Choice) -> dict[str, Image]:
        """Hold each image to what its tag meant when the deployment's first task came up."""
        if self.task.deployment is None:
            return {}
        pins = self.outside.store.pins
        kept = pins.get(self.scope, self.task.deployment)
        known = {} if kept is None else kept.images
        consistent = {each.image for each in self.view.container_definitions if each.is_consistent}
        found: dict[str, Image] = {}
        for reference in sorted(consistent & known.keys()):
            if choice.images[reference].id not in {None, known[reference].id}:
                image = await choice.runtime.pull(known[reference].id)
                found[reference] = replace(image, digest=known[reference].digest)
        fresh = {
            reference: Pin(image.id, image.digest)
            for reference, image in choice.images.items()
            if reference in consistent and reference not in known and image.id is not None
        }
        if fresh:
            with self.outside.store.state.transaction():
                self.outside.store.forget_pins(self.scope)
                pins.put(self.scope, ImagePins(self.task.deployment, known | fresh))
        return found

    async def place(
        self, choice: Choice, fetched: dict[str, Fetched], listener: Listener
    ) -> tuple[tuple[Address, ...], tuple[str, ...]]:
        """Prepare the task in its runtime; return its addresses, and what the runtime leaves out.

        Raises:
            FailedToStart: The runtime cannot.
        """
        runtime = choice.runtime
        try:
            spec = await self.specification(choice, fetched)
            try:
                addresses = await runtime.prepare(spec, listener)
            except DoorsClosed:
                await runtime.remove(self.task.id)
                spec = await self.specification(choice, fetched)
                addresses = await runtime.prepare(spec, listener)
        except CannotStart as error:
            raise FailedToStart(start_error(error)) from error
        return addresses, runtime.leaves_out(spec)

    async def specification(self, choice: Choice, fetched: dict[str, Fetched]) -> TaskSpec:
        """Return the task as the runtime takes it.

        Raises:
            FailedToStart: Its role cannot be assumed.
        """
        try:
            told = await self.inside.surroundings(self.scope, self.task, self.view, choice.runtime.reach)
        except CannotAssume as error:
            raise FailedToStart(str(error)) from error
        spec = task_spec(self.task, self.view, fetched, told, choice.images)
        if choice.runtime.reach == "loopback":
            return await self.inside.calls.answered(self.scope, spec)
        return spec
