"""Log drivers and log groups.

https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_LogConfiguration.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from hatoba.definition import logs
from hatoba.definition.faults import Finding
from hatoba.definition.known import Known

RETENTION_DAYS = (
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
)  # fmt: skip

REQUIRED: Mapping[str, tuple[str, ...]] = {
    "awslogs": ("awslogs-group", "awslogs-region", "awslogs-stream-prefix"),
    "splunk": ("splunk-token", "splunk-url"),
}
"""The options that Fargate wants of each driver."""

FROM_GROUP = frozenset(REQUIRED["awslogs"])


def driver(log: logs.LogDriver, _: Known) -> Iterable[Finding]:
    """A driver is one that Fargate has, with the options that it needs."""
    if log.driver == "awsfirelens":
        yield Finding(
            "awsfirelens needs a log router container, which hatoba does not model",
            "Use awslogs or splunk.",
        )
    elif log.driver not in REQUIRED:
        yield Finding(f"Fargate has no log driver {log.driver!r}", "Use awslogs or splunk.")
    else:
        given = {*log.options, *(FROM_GROUP if log.group is not None else ())}
        missing = [option for option in REQUIRED[log.driver] if option not in given]
        if missing:
            yield Finding(
                f"log driver {log.driver} needs {', '.join(missing)} on Fargate",
                "Give group, which fills them in, or add them to options."
                if log.driver == "awslogs"
                else "Add them to options.",
            )


def driver_options(log: logs.LogDriver, _: Known) -> Iterable[Finding]:
    """Options do not contradict one another."""
    if log.group is not None and log.driver != "awslogs":
        yield Finding(f"a log group is for awslogs, not for {log.driver}", "Remove group.")
    if {"awslogs-datetime-format", "awslogs-multiline-pattern"} <= log.options.keys():
        yield Finding(
            "awslogs-datetime-format and awslogs-multiline-pattern exclude each other", "Keep one of the two."
        )
    mode = log.options.get("mode", "non-blocking")
    if mode not in ("blocking", "non-blocking"):
        yield Finding(f"a log driver's mode is blocking or non-blocking, not {mode!r}", "Correct it.")


def retention(group: logs.LogGroup, known: Known) -> Iterable[Finding]:
    """Retention is one of the numbers of days that CloudWatch Logs knows."""
    days = known(group.retention_in_days)
    if days is not None and days not in RETENTION_DAYS:
        near = min(RETENTION_DAYS, key=lambda known_days: (abs(known_days - days), known_days))
        yield Finding(
            f"log group {group.name} keeps its events for {days} days; CloudWatch Logs knows only "
            f"{', '.join(map(str, RETENTION_DAYS))}",
            f"The nearest is {near}.",
        )
