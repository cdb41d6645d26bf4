"""Names that AWS takes, and names that HTTP clients take."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from hatoba.definition import apigateway, cloudmap, ec2, ecs, iam, logs, scheduler
from hatoba.definition.construct import Construct
from hatoba.definition.faults import Finding
from hatoba.definition.known import Known
from hatoba.definition.system import System

_ECS = re.compile(r"[A-Za-z0-9_-]{1,255}")
_ROLE = re.compile(r"[\w+=,.@-]{1,64}", re.ASCII)
_POLICY = re.compile(r"[\w+=,.@-]{1,128}", re.ASCII)
_LOG_GROUP = re.compile(r"[.\-_/#A-Za-z0-9]{1,512}")
_GROUP = re.compile(r"[A-Za-z0-9 ._\-:/()#,@\[\]+=&;{}!$*]{1,255}")
_STACK = re.compile(r"[a-zA-Z][-a-zA-Z0-9]{0,127}")
_OUTPUT = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,254}")
_PORT = re.compile(r"[a-z0-9_][a-z0-9_-]{0,63}")
_LABEL = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)")
_IMAGE_LIMIT = 255
_API_LIMIT = 128
_ACTION = re.compile(r"\*|[a-z0-9-]+:[A-Za-z0-9*?]+")


def _ecs_name(what: str, name: str) -> Iterator[Finding]:
    if not _ECS.fullmatch(name):
        yield Finding(
            f"{what} {name!r} may have up to 255 letters, digits, hyphens and underscores",
            "Choose a name of these characters.",
        )


def cluster_name(cluster: ecs.Cluster, _: Known) -> Iterable[Finding]:
    """A cluster's name is an ECS name."""
    return _ecs_name("cluster name", cluster.name)


def job_name(job: ecs.Job, _: Known) -> Iterable[Finding]:
    """A job's name is an ECS name: it is the group of its tasks."""
    return _ecs_name("job name", job.name)


def service_name(service: ecs.Service, _: Known) -> Iterable[Finding]:
    """A service's name is an ECS name."""
    return _ecs_name("service name", service.name)


def family_name(task: ecs.TaskDefinition, _: Known) -> Iterable[Finding]:
    """A family is an ECS name."""
    return _ecs_name("family", task.family)


def container_name(container: ecs.Container, _: Known) -> Iterable[Finding]:
    """A container's name is an ECS name."""
    return _ecs_name("container name", container.name)


def port_name(port: ecs.Port, _: Known) -> Iterable[Finding]:
    """A port's name is short, in lower case."""
    if port.name is not None and not _PORT.fullmatch(port.name):
        yield Finding(
            f"port name {port.name!r} may have up to 64 lower-case letters, digits, hyphens and underscores, "
            "and does not start with a hyphen",
            "Choose a name of these characters.",
        )


def image_name(container: ecs.Container, known: Known) -> Iterable[Finding]:
    """An image is named, by at most 255 characters before its digest."""
    image = known(container.image)
    if image is not None and not 1 <= len(image.partition("@")[0]) <= _IMAGE_LIMIT:
        yield Finding(
            f"the image of container {container.name} has {len(image)} characters; "
            f"there are 1 to {_IMAGE_LIMIT}, a digest not counted",
            "Give the image as registry/repository:tag.",
        )


def role_name(role: iam.Role, _: Known) -> Iterable[Finding]:
    """A role's name is an IAM name of at most 64 characters, its policies' of at most 128."""
    if not _ROLE.fullmatch(role.name):
        yield Finding(
            f"role name {role.name!r} may have up to 64 letters, digits and +=,.@_-", "Choose a shorter name."
        )
    for name in role.policies:
        if not _POLICY.fullmatch(name):
            yield Finding(
                f"policy name {name!r} may have up to 128 letters, digits and +=,.@_-", "Choose another name."
            )


def actions(allow: iam.Allow, _: Known) -> Iterable[Finding]:
    """An action is ``service:Operation``."""
    given = [allow.actions] if isinstance(allow.actions, str) else allow.actions
    if not given:
        yield Finding("a permission names at least one action", 'Write Allow("service:Operation").')
    for action in given:
        if not _ACTION.fullmatch(action):
            yield Finding(f"{action!r} is not an IAM action", 'Write "service:Operation", as "s3:GetObject".')


def log_group_name(group: logs.LogGroup, _: Known) -> Iterable[Finding]:
    """A log group's name has its own characters and does not start with aws/."""
    if not _LOG_GROUP.fullmatch(group.name) or group.name.startswith("aws/"):
        yield Finding(
            f"log group name {group.name!r} may have up to 512 letters, digits and . - _ / #, "
            "and does not start with aws/",
            "Choose another name, such as /my-system/my-service.",
        )


def security_group_name(group: ec2.SecurityGroup, _: Known) -> Iterable[Finding]:
    """A group's name and description have AWS's characters; the name is not like an id."""
    if not _GROUP.fullmatch(group.name) or group.name.startswith("sg-"):
        yield Finding(
            f"security group name {group.name!r} may have up to 255 letters, digits, spaces and "
            "._-:/()#,@[]+=&;{}!$*, and does not start with sg-",
            "Choose another name.",
        )
    if not _GROUP.fullmatch(group.description):
        yield Finding(
            f"the description of security group {group.name} may have 1 to 255 letters, digits, spaces and "
            "._-:/()#,@[]+=&;{}!$*",
            "Choose another description.",
        )


def namespace_name(namespace: cloudmap.PrivateDnsNamespace, _: Known) -> Iterable[Finding]:
    """A namespace's name is a host name: Cloud Map takes underscores, HTTP clients and TLS do not."""
    return _host_name("namespace", namespace.name, 253)


def discovery_service_name(service: cloudmap.Service, _: Known) -> Iterable[Finding]:
    """A Cloud Map service's name is part of a host name."""
    return _host_name("Cloud Map service", service.name, 127)


def _host_name(what: str, name: str, limit: int) -> Iterator[Finding]:
    if "_" in name:
        yield Finding(
            f"{what} name {name!r} has an underscore: Cloud Map takes it, but many HTTP clients, proxies and "
            "TLS refuse such a host name (RFC 1123)",
            f"Use hyphens: {name.replace('_', '-')}.",
        )
    elif len(name) > limit or not all(_LABEL.fullmatch(label) for label in name.split(".")):
        yield Finding(
            f"{what} name {name!r} is not a host name of up to {limit} characters: labels of 1 to 63 "
            "letters, digits and inner hyphens, joined by dots",
            "Choose a name such as orders or my-system.internal.",
        )


def api_name(api: apigateway.HttpApi, _: Known) -> Iterable[Finding]:
    """An API's name has 1 to 128 characters."""
    return _short("API", api.name)


def authorizer_name(authorizer: apigateway.JwtAuthorizer, _: Known) -> Iterable[Finding]:
    """An authorizer's name has 1 to 128 characters."""
    return _short("authorizer", authorizer.name)


def vpc_link_name(link: apigateway.VpcLink, _: Known) -> Iterable[Finding]:
    """A VPC link's name has 1 to 128 characters."""
    return _short("VPC link", link.name)


def _short(what: str, name: str) -> Iterator[Finding]:
    if not 1 <= len(name) <= _API_LIMIT:
        yield Finding(f"{what} name {name!r} has 1 to {_API_LIMIT} characters", "Choose a shorter name.")


def system_name(system: System, _: Known) -> Iterable[Finding]:
    """A system's name is a stack name."""
    if not _STACK.fullmatch(system.name):
        yield Finding(
            f"system name {system.name!r} becomes a stack's name: a letter, then up to 127 letters, digits "
            "and hyphens",
            "Choose such a name.",
        )


def output_names(system: System, _: Known) -> Iterable[Finding]:
    """Outputs have plain names that stay different without their punctuation."""
    for name in system.outputs:
        if not _OUTPUT.fullmatch(name):
            yield Finding(
                f"output name {name!r} starts with a letter and has letters, digits, underscores and hyphens",
                "Choose such a name, such as api_endpoint.",
            )
    plain = Counter(re.sub(r"[_-]", "", name).lower() for name in system.outputs)
    for name in system.outputs:
        if plain[re.sub(r"[_-]", "", name).lower()] > 1:
            yield Finding(f"output {name!r} differs from another only by case or punctuation", "Rename one.")


def _name(construct: Construct) -> str:
    return str(getattr(construct, "family", getattr(construct, "name", "")))


def names_are_unique(system: System, _: Known) -> Iterable[Finding]:
    """Two constructs of one kind do not share a name, even where AWS would tell them apart by an id."""
    kinds: tuple[type[Construct], ...] = (
        iam.Role,
        logs.LogGroup,
        ec2.SecurityGroup,
        cloudmap.PrivateDnsNamespace,
        ecs.Cluster,
        ecs.TaskDefinition,
        ecs.Service,
        ecs.Job,
        scheduler.Schedule,
        apigateway.VpcLink,
        apigateway.HttpApi,
    )
    for kind in kinds:
        found = Counter(_name(construct).lower() for construct in system.all_of(kind))
        for name, count in found.items():
            if count > 1:
                yield Finding(
                    f"{count} times {kind.__name__} is named {name!r}; a system has one of a name",
                    "Use the same object in both places, or give each a name of its own.",
                )
    places = Counter(
        (id(service.namespace), service.name.lower()) for service in system.all_of(cloudmap.Service)
    )
    if any(count > 1 for count in places.values()):
        yield Finding(
            "two Cloud Map services in one namespace have the same name, case not counted: one DNS name",
            "Give each a name of its own.",
        )
