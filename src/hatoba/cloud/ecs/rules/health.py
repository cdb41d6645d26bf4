"""Container health checks: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from types_boto3_ecs.type_defs import RegisterTaskDefinitionRequestTypeDef

_BOUNDS = (
    ("interval", "interval", 5, 300),
    ("timeout", "timeout", 2, 60),
    ("retries", "retries", 1, 10),
    ("startPeriod", "start period", 0, 300),
)


def checks(request: RegisterTaskDefinitionRequestTypeDef) -> Iterator[str]:
    """A check is a command in one of two forms, with timings within their bounds."""
    for container in request["containerDefinitions"]:
        check = container.get("healthCheck")
        if not check:
            continue
        name = container.get("name")
        command = list(check.get("command") or ())
        if len(command) < 2 or command[0] not in {"CMD", "CMD-SHELL"}:  # noqa: PLR2004 - the form and a word
            yield f"Health check command must begin with CMD or CMD-SHELL for container '{name}'"
        for member, words, least, most in _BOUNDS:
            value = check.get(member)
            if not isinstance(value, int):
                continue
            if value > most:
                yield (
                    f"Health check {words} must be less than or equal to the maximum allowed value {most}"
                    f" for container '{name}'"
                )
            if value < least:
                yield (
                    f"Health check {words} must be greater than or equal to the minimum allowed value {least}"
                    f" for container '{name}'"
                )
