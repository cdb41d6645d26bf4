"""What comes from outside of the definition: raw resources, secrets."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from hatoba.definition import apigateway, cloudmap, ec2, ecs, existing, inputs, logs, scheduler
from hatoba.definition.construct import Existing, what_it_is
from hatoba.definition.faults import Finding
from hatoba.definition.iam import Allow, Role
from hatoba.definition.inputs import Kind
from hatoba.definition.known import Known
from hatoba.definition.raw import Raw
from hatoba.definition.system import System
from hatoba.definition.values import Attribute, Joined

_RESOURCES = (
    Raw,
    Role,
    logs.LogGroup,
    ec2.SecurityGroup,
    cloudmap.PrivateDnsNamespace,
    cloudmap.Service,
    ecs.Cluster,
    ecs.TaskDefinition,
    ecs.Service,
    scheduler.Schedule,
    apigateway.VpcLink,
    apigateway.HttpApi,
)
_NAMES: Mapping[type[Existing], Mapping[str, Kind]] = {
    existing.Table: {"name": inputs.TABLE},
    existing.Bucket: {"name": inputs.BUCKET},
    existing.Parameter: {"name": inputs.PARAMETER_NAME},
    existing.Secret: {"arn": inputs.SECRET_ARN},
    existing.UserPool: {"id": inputs.POOL},
}
_LOGICAL_ID = re.compile(r"[A-Za-z0-9]{1,255}")
_TYPE = re.compile(r"[A-Za-z0-9]+(::[A-Za-z0-9]+){2}(::MODULE)?|Custom::[\w@-]{1,52}", re.ASCII)
_SECRET = re.compile(r"arn:[\w-]+:secretsmanager:[\w-]+:\d{12}:secret:\S+")
_PARAMETER = re.compile(r"arn:[\w-]+:ssm:[\w-]+:\d{12}:parameter/\S+|/?[\w.-]+(/[\w.-]+)*")
_READ = {"ssm": "ssm:GetParameters", "secretsmanager": "secretsmanager:GetSecretValue"}


def raw_words(raw: Raw, _: Known) -> Iterable[Finding]:
    """A raw resource has a logical id and a type in CloudFormation's form."""
    if not _LOGICAL_ID.fullmatch(raw.name):
        yield Finding(
            f"{raw.name!r} is not a logical id: up to 255 letters and digits", "Choose such a name: Orders."
        )
    if not _TYPE.fullmatch(raw.type):
        yield Finding(
            f"{raw.type!r} is not a type of CloudFormation",
            'Write it as in its reference: "AWS::DynamoDB::Table".',
        )


def existing_names(given: Existing, known: Known) -> Iterable[Finding]:
    """What stands already has a name or id that its service could have given."""
    for field, kind in _NAMES.get(type(given), {}).items():
        value = known(getattr(given, field))
        wrong = None if value is None else kind.wrong(value)
        if wrong is not None:
            yield Finding(
                f"{field} of {what_it_is(type(given))} is {value!r}: it should be {wrong}", "Correct it."
            )


def raw_order(raw: Raw, _: Known) -> Iterable[Finding]:
    """A raw resource waits for what is a resource itself."""
    for other in raw.depends_on:
        if not isinstance(other, _RESOURCES):
            yield Finding(
                f"{raw.name} depends on {what_it_is(type(other))}, which is no resource of its own",
                "Name what it is a part of: the task definition, the API.",
            )


def raw_names(system: System, _: Known) -> Iterable[Finding]:
    """Raw resources have names of their own."""
    for name, count in Counter(raw.name for raw in system.all_of(Raw)).items():
        if count > 1:
            yield Finding(f"{count} raw resources are named {name!r}", "Name each differently.")


def secrets_are_references(container: ecs.Container, known: Known) -> Iterable[Finding]:
    """A secret is named, never written down: by an ARN, or by the name of a parameter."""
    for name, given in container.secrets.items():
        value = known(given)
        if value is not None and not (_SECRET.fullmatch(value) or _PARAMETER.fullmatch(value)):
            yield Finding(
                f"secret {name} of container {container.name} is not a reference: the ARN of a secret or "
                "parameter, or the name of a parameter",
                "Put the value into Secrets Manager or Parameter Store, and give its ARN: "
                'existing.Parameter("/shop/key").arn.',
            )


def secrets_may_be_read(task: ecs.TaskDefinition, known: Known) -> Iterable[Finding]:
    """ECS fetches secrets as the execution role, which must be allowed to: AWS's managed policy is not."""
    role = task.execution_role
    if role is None:
        return
    wanted = {
        _READ[service]
        for container in task.containers
        for value in container.secrets.values()
        for service in _service_of(known(value), value)
    }
    for action in sorted(wanted):
        if not any(_covers(given, action) for given in _actions(role)):
            yield Finding(
                f"task definition {task.family} has secrets, but its execution role {role.name} does not "
                f"allow {action}: no task would start",
                f'Add a policy to it: {{"read-secrets": iam.Allow("{action}", arn)}}.',
            )


def _service_of(known: str | None, value: object) -> Iterator[str]:
    """The service that keeps a secret, where the reference shows it."""
    text = known
    if isinstance(value, Attribute) and isinstance(value.construct, Existing):
        value = value.construct.written(value.name)
    if text is None and isinstance(value, Joined):
        text = "".join(part for part in value.parts if isinstance(part, str))
    if text is None:
        return
    if ":secretsmanager:" in text:
        yield "secretsmanager"
    elif ":ssm:" in text or not text.startswith("arn:"):
        yield "ssm"


def _actions(role: Role) -> Iterator[str]:
    for policy in role.policies.values():
        for allow in [policy] if isinstance(policy, Allow) else policy:
            yield from [allow.actions] if isinstance(allow.actions, str) else allow.actions


def _covers(given: str, action: str) -> bool:
    pattern = re.escape(given).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(pattern, action, re.IGNORECASE) is not None
