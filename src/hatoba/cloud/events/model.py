"""A rule with an event pattern as it is kept here, and what waits to be delivered."""

from __future__ import annotations

import msgspec

Json = dict[str, object]
DEFAULT_BUS = "default"


class Target(msgspec.Struct, frozen=True):
    """Where a rule's events go.

    Attributes:
        input: JSON text that is sent in place of every event.
        input_path: The part of the event that is sent.
        template: What is sent, with ``<variables>``; ``paths`` says where in the event each is.
        ecs: ``EcsParameters`` as they were given.
        message_group: Of a FIFO queue.
        dead_letters: The ARN of the queue that is told of what could not be delivered.
    """

    id: str
    arn: str
    input: str | None = None
    input_path: str | None = None
    template: str | None = None
    paths: dict[str, str] = msgspec.field(default_factory=dict)
    ecs: Json = msgspec.field(default_factory=dict)
    message_group: str | None = None
    dead_letters: str | None = None


class Rule(msgspec.Struct, frozen=True):
    """A rule with an event pattern, on any bus."""

    arn: str
    name: str
    bus: str
    pattern: str
    enabled: bool
    targets: tuple[Target, ...] = ()

    @property
    def key(self) -> str:
        """Its ARN."""
        return self.arn


class Delivery(msgspec.Struct, frozen=True):
    """An event on its way to one target, as it is to arrive there.

    Attributes:
        number: Deliveries are made in the order of their numbers.
        at: When the event happened, in epoch seconds.
        body: What arrives: JSON text.
        is_event: The body is the event itself, unchanged.
    """

    number: int
    rule_arn: str
    rule_name: str
    event_id: str
    at: float
    target: Target
    body: str
    is_event: bool

    @property
    def key(self) -> str:
        """Its number, so that keys sort by it."""
        return f"{self.number:012d}"
