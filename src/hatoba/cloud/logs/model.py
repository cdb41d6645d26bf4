"""What CloudWatch Logs keeps."""

from __future__ import annotations

import msgspec

STANDARD = "STANDARD"
INFREQUENT_ACCESS = "INFREQUENT_ACCESS"


class LogGroup(msgspec.Struct, frozen=True):
    """A log group; ``created`` is in epoch milliseconds, ``number`` is never given to another group."""

    name: str
    number: int
    created: int
    retention_days: int | None = None
    log_class: str = STANDARD
    tags: dict[str, str] = msgspec.field(default_factory=dict)
    deletion_protected: bool = False

    @property
    def key(self) -> str:
        """The group's name."""
        return self.name


class LogStream(msgspec.Struct, frozen=True):
    """A log stream as it stands; times in epoch milliseconds, None before the first event."""

    number: int
    group: str
    name: str
    created: int
    first_event: int | None
    last_event: int | None
    last_ingestion: int | None
    bytes: int


class LogEvent(msgspec.Struct, frozen=True):
    """An event; ``number`` grows with each event kept, times in epoch milliseconds."""

    number: int
    stream: str
    at: int
    ingested: int
    message: str


class IngestedEvent(msgspec.Struct, frozen=True):
    """An event with the number of its group."""

    group_number: int
    event: LogEvent


class ResourcePolicy(msgspec.Struct, frozen=True):
    """Who of AWS's services may write here; ``updated`` is in epoch milliseconds."""

    name: str
    document: str
    updated: int

    @property
    def key(self) -> str:
        """Its name."""
        return self.name


class MetricTransformation(msgspec.Struct, frozen=True):
    """What a metric filter would publish."""

    name: str
    namespace: str
    value: str
    default: float | None = None
    unit: str | None = None
    dimensions: dict[str, str] = msgspec.field(default_factory=dict)


class MetricFilter(msgspec.Struct, frozen=True):
    """A metric filter of a group."""

    group: str
    name: str
    pattern: str
    created: int
    transformation: MetricTransformation

    @property
    def key(self) -> str:
        """Group and name; neither holds a line end."""
        return f"{self.group}\n{self.name}"


class SubscriptionFilter(msgspec.Struct, frozen=True):
    """A subscription filter of a group."""

    group: str
    name: str
    pattern: str
    created: int
    destination_arn: str
    role_arn: str | None = None
    distribution: str = "ByLogStream"

    @property
    def key(self) -> str:
        """Group and name; neither holds a line end."""
        return f"{self.group}\n{self.name}"
