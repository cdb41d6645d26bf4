"""What CloudWatch Logs keeps."""

from __future__ import annotations

from dataclasses import dataclass, field

STANDARD = "STANDARD"
INFREQUENT_ACCESS = "INFREQUENT_ACCESS"


@dataclass(frozen=True, slots=True)
class LogGroup:
    """A log group; ``created`` is in epoch milliseconds, ``number`` is never given to another group."""

    name: str
    number: int
    created: int
    retention_days: int | None = None
    log_class: str = STANDARD
    tags: dict[str, str] = field(default_factory=dict)
    deletion_protected: bool = False

    @property
    def key(self) -> str:
        """The group's name."""
        return self.name


@dataclass(frozen=True, slots=True)
class LogStream:
    """A log stream as it stands; times in epoch milliseconds, None before the first event."""

    number: int
    group: str
    name: str
    created: int
    first_event: int | None
    last_event: int | None
    last_ingestion: int | None
    bytes: int


@dataclass(frozen=True, slots=True)
class LogEvent:
    """An event; ``number`` grows with each event kept, times in epoch milliseconds."""

    number: int
    stream: str
    at: int
    ingested: int
    message: str


@dataclass(frozen=True, slots=True)
class IngestedEvent:
    """An event with the number of its group."""

    group_number: int
    event: LogEvent


@dataclass(frozen=True, slots=True)
class MetricTransformation:
    """What a metric filter would publish."""

    name: str
    namespace: str
    value: str
    default: float | None = None
    unit: str | None = None
    dimensions: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MetricFilter:
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


@dataclass(frozen=True, slots=True)
class SubscriptionFilter:
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
