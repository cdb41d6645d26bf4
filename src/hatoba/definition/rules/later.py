"""What runs as load and time ask for it: automatic scaling, Spot, jobs, schedules.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
"""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Iterable, Iterator

from hatoba.definition import ecs
from hatoba.definition.autoscaling import AutoScaling
from hatoba.definition.faults import Finding
from hatoba.definition.known import Known
from hatoba.definition.rules.services import between
from hatoba.definition.scheduler import Schedule, When

_PERCENT = range(1, 101)
_BASE = range(100_001)
_TASKS_AT_ONCE = range(1, 11)
_GRACE_S = range(2_147_483_648)
_PATH_LIMIT = 1024
_FLEXIBLE_MINUTES = range(1, 1441)
_RETRIES = range(186)
_DESCRIPTION = 512
_SUBNETS, _GROUPS = 16, 5
# The schedule's role is named after it, and IAM's names end at 64 characters.
_SCHEDULE = re.compile(r"[\w.-]{1,54}", re.ASCII)
_RATE = re.compile(r"rate\([1-9]\d* (minutes?|hours?|days?)\)")
_AT = re.compile(r"at\(\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3])(:[0-5]\d){2}\)")
_FIELD = re.compile(r"[0-9A-Za-z,/*?L#W-]+")
_CRON_FIELDS = ("minutes", "hours", "day of month", "month", "day of week", "year")


def scaling_range(scaling: AutoScaling, known: Known) -> Iterable[Finding]:
    """There are at least as many tasks as nothing, and at most as many as the larger of the two numbers."""
    low, high = known(scaling.min), known(scaling.max)
    if low is not None and low < 0:
        yield Finding(f"automatic scaling keeps at least {low} tasks", "Choose 0 or more for min.")
    if low is not None and high is not None and high < max(low, 1):
        yield Finding(
            f"automatic scaling keeps between {low} and {high} tasks",
            "Choose 1 or more for max, and no less than min.",
        )


def scaling_targets(scaling: AutoScaling, known: Known) -> Iterable[Finding]:
    """There is a target, in percent of what the tasks have; cooldowns are not negative."""
    if scaling.cpu is None and scaling.memory is None:
        yield Finding("automatic scaling has no target to keep", "Give cpu=60, or memory=….")
    for what, target in (("CPU", known(scaling.cpu)), ("memory", known(scaling.memory))):
        if target is not None and target not in _PERCENT:
            yield Finding(f"a {what} target of {target} % is not between 1 and 100", "Choose about 60.")
    for what, seconds in (("in", scaling.scale_in_cooldown), ("out", scaling.scale_out_cooldown)):
        if seconds is not None and seconds < 0:
            yield Finding(f"the scale-{what} cooldown is {seconds} s", "Choose 0 or more seconds.")


def scaled_count(service: ecs.Service, _: Known) -> Iterable[Finding]:
    """Load decides how many tasks run, or the definition does."""
    if service.autoscaling is not None and service.desired_count != 1:
        yield Finding(
            f"service {service.name} has desired_count and autoscaling: each deployment would undo what the "
            "load asked for",
            "Leave desired_count out; autoscaling's min is where it starts.",
        )


def spot(given: ecs.Spot, _: Known) -> Iterable[Finding]:
    """A share is 1 to 100 percent, and the base a number that ECS takes."""
    if given.percent not in _PERCENT:
        yield Finding(f"{given.percent} % of the tasks on Spot is not 1 to 100", "Leave spot out for none.")
    if given.base not in _BASE:
        yield Finding(f"a base of {given.base} tasks is not between 0 and 100000", "Correct it.")


def spot_cluster(of: ecs.Service | ecs.Job, _: Known) -> Iterable[Finding]:
    """A cluster has the capacity providers that its tasks run on."""
    if of.spot is not None and not {"FARGATE", "FARGATE_SPOT"} <= set(of.cluster.capacity_providers):
        yield Finding(
            f"{of.name} runs tasks on Spot, but cluster {of.cluster.name} has only "
            f"{', '.join(of.cluster.capacity_providers) or 'no capacity provider'}",
            'Give the cluster capacity_providers=["FARGATE", "FARGATE_SPOT"].',
        )


def health(service: ecs.Service, _: Known) -> Iterable[Finding]:
    """A path that a load balancer asks for starts with a slash; a grace period is not negative."""
    path, grace = service.health_check_path, service.health_check_grace_period
    if not path.startswith("/") or len(path) > _PATH_LIMIT:
        yield Finding(
            f"health_check_path of service {service.name} is {path!r}", 'Write a path such as "/health".'
        )
    if grace is not None and grace not in _GRACE_S:
        yield Finding(f"the health check grace period of service {service.name} is {grace} s", "Correct it.")


def job(given: ecs.Job, known: Known) -> Iterable[Finding]:
    """A job starts 1 to 10 tasks at a time, in 1 to 16 subnets."""
    if given.count not in _TASKS_AT_ONCE:
        yield Finding(f"job {given.name} starts {given.count} tasks; ECS starts 1 to 10", "Correct count.")
    yield from between("subnets", f"job {given.name}", known(given.subnets), 1, _SUBNETS)
    yield from between("security groups", f"job {given.name}", given.security_groups, 0, _GROUPS)


def schedule(given: Schedule, _: Known) -> Iterable[Finding]:
    """Names, windows and retries have Scheduler's ranges."""
    if not _SCHEDULE.fullmatch(given.name):
        yield Finding(
            f"schedule name {given.name!r} may have up to 54 letters, digits and . - _, so that its role's "
            "name has up to 64",
            "Choose a shorter name of these characters.",
        )
    if given.flexible_minutes is not None and given.flexible_minutes not in _FLEXIBLE_MINUTES:
        yield Finding(
            f"schedule {given.name} may start {given.flexible_minutes} minutes later; AWS takes 1 to 1440",
            "Choose a number in that range, or leave flexible_minutes out.",
        )
    if given.retries is not None and given.retries not in _RETRIES:
        yield Finding(f"schedule {given.name} tries {given.retries} times again", "Choose 0 to 185.")
    if len(given.description) > _DESCRIPTION:
        yield Finding(f"the description of schedule {given.name} is longer than 512 characters", "Cut it.")


def expression(when: When, _: Known) -> Iterable[Finding]:
    """An expression is ``rate``, ``cron`` or ``at``, in a time zone that there is."""
    yield from _expression(when.expression)
    if not _is_zone(when.timezone):
        yield Finding(
            f"there is no time zone {when.timezone!r}", 'Give a name such as "UTC" or "Asia/Tokyo".'
        )


def _expression(text: str) -> Iterator[Finding]:
    if text.startswith("cron(") and text.endswith(")"):
        yield from _cron(text)
    elif text.startswith("at("):
        if not _AT.fullmatch(text):
            yield Finding(f"{text} is not a time", 'Write at("2027-04-01T09:00:00").')
    elif not _RATE.fullmatch(text):
        yield Finding(
            f"{text!r} is not when a schedule runs",
            'Write rate(5, "minutes"), cron("0 9 ? * MON-FRI *") or at("2027-04-01T09:00:00").',
        )


def _cron(text: str) -> Iterator[Finding]:
    fields = text[len("cron(") : -1].split()
    if len(fields) != len(_CRON_FIELDS):
        yield Finding(
            f"{text} has {len(fields)} fields; AWS's cron has {len(_CRON_FIELDS)}: {', '.join(_CRON_FIELDS)}",
            'Write all of them, as in cron("0 9 ? * MON-FRI *").',
        )
        return
    for name, field in zip(_CRON_FIELDS, fields, strict=True):
        if not _FIELD.fullmatch(field) or ("?" in field and not name.startswith("day")):
            yield Finding(f"{field!r} is no {name} of {text}", "See AWS's page about cron expressions.")
    if (fields[2] == "?") == (fields[4] == "?"):
        yield Finding(
            f"{text} does not have exactly one day as ?", "Write ? for day of month or for day of week."
        )


def _is_zone(name: str) -> bool:
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        # A machine may have no database of zones at all; then AWS has the word.
        return not zoneinfo.TZPATH and name != ""
    return True
