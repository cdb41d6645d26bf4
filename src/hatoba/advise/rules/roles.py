"""Whether the execution role may do what starting a task needs.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from hatoba.advise.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hatoba.advise.seen import RoleSeen, ServiceSeen, SystemSeen, TaskSeen

_ECR = re.compile(r"\d{12}\.dkr\.ecr\.")
_FOR_IMAGE = (
    "ecr:GetAuthorizationToken",
    "ecr:BatchCheckLayerAvailability",
    "ecr:GetDownloadUrlForLayer",
    "ecr:BatchGetImage",
)
_FOR_LOGS = ("logs:CreateLogStream", "logs:PutLogEvents")
EVERYTHING = "*"


def roles_allow_what_starting_needs(seen: SystemSeen) -> Iterator[Finding]:
    """An execution role without what logs, secrets or the image need: tasks stop before they start."""
    for service in seen.services:
        if service.task is not None:
            yield from _of(service, service.task)


def log_groups_stand(seen: SystemSeen) -> Iterator[Finding]:
    """A log group that is not there, and that the task does not make: tasks stop before they start."""
    for service in seen.services:
        for name, is_made, stands in service.task.log_groups if service.task else ():
            if not (is_made or stands):
                yield Finding(
                    "problem",
                    f"service {service.name}",
                    f"There is no log group {name}: tasks stop with ResourceInitializationError.",
                    "Create the log group, or set awslogs-create-group.",
                )


def _of(service: ServiceSeen, task: TaskSeen) -> Iterator[Finding]:
    needs = tuple(_needs(task))
    subject = f"service {service.name}"
    if task.execution_role is None:
        if needs:
            actions = ", ".join(dict.fromkeys(action for _, action, _ in needs))
            yield Finding(
                "problem",
                subject,
                f"It has no execution role, and starting a task needs {actions}: tasks do not start.",
                "Give the task definition an execution role.",
            )
        return
    role = task.execution_role
    if role.problem:
        yield Finding(
            "warning",
            f"role {role.name}",
            f"What it allows cannot be seen: {role.problem}",
            "Look whether it allows what logs, secrets and the image need.",
        )
        return
    for what in dict.fromkeys(what for what, _, _ in needs):
        missing = [action for of, action, on in needs if of == what and not allows(role, action, on)]
        if missing:
            listed = ", ".join(dict.fromkeys(missing))
            yield Finding(
                "problem",
                f"role {role.name}",
                f"It does not allow {listed}, which {what} of service {service.name} need: "
                "tasks stop with ResourceInitializationError or CannotPullContainerError.",
                _remedy(what, listed),
            )


def _remedy(what: str, actions: str) -> str:
    if what == "the secrets":
        return f"Allow {actions} on the secrets' ARNs (and kms:Decrypt where they have a key of their own)."
    return f"Attach AmazonECSTaskExecutionRolePolicy, or allow {actions}."


def _needs(task: TaskSeen) -> Iterator[tuple[str, str, str]]:
    """What starting a task needs: (for what, action, on which resource)."""
    if any(_ECR.match(image) for image in task.images):
        yield from (("the images", action, EVERYTHING) for action in _FOR_IMAGE)
    for _, is_made, _ in task.log_groups:
        yield from (("the logs", action, EVERYTHING) for action in _FOR_LOGS)
        if is_made:
            yield "the logs", "logs:CreateLogGroup", EVERYTHING
    for reference in task.secrets:
        if ":secretsmanager:" in reference:
            # A reference may go on with a JSON key, a version's stage and its id.
            yield "the secrets", "secretsmanager:GetSecretValue", ":".join(reference.split(":")[:7])
        else:
            yield (
                "the secrets",
                "ssm:GetParameters",
                reference if reference.startswith("arn:") else EVERYTHING,
            )


def allows(role: RoleSeen, action: str, resource: str) -> bool:
    """Whether a role's policies allow an action; ``*`` asks for any resource. Conditions are not read."""
    fitting = [one for one in role.statements if _names(one.actions, action.lower(), fold=True)]
    on = [one for one in fitting if resource == EVERYTHING or _names(one.resources, resource)]
    denied = any(one.effect == "Deny" and (resource != EVERYTHING or "*" in one.resources) for one in on)
    return not denied and any(one.effect == "Allow" for one in on)


def _names(patterns: tuple[str, ...], name: str, *, fold: bool = False) -> bool:
    return any(fnmatchcase(name, pattern.lower() if fold else pattern) for pattern in patterns)
