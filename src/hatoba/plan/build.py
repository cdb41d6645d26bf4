"""From a system to its plan: each kind of construct has one function that says which resources it means.

::

    System ── constructs(), children first ──→ BUILDERS[kind](construct, builder) ──→ resources ──→ Plan
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from hatoba.definition import apigateway, cloudmap, ec2, ecs, iam, logs, scheduler
from hatoba.definition.construct import Construct, Existing
from hatoba.definition.inputs import HTTP_METHODS, Input
from hatoba.definition.raw import Raw
from hatoba.definition.values import Attribute, Joined, Pseudo, Value
from hatoba.plan import balancing, entry, later, task
from hatoba.plan import resources as aws
from hatoba.plan.graph import Output, Plan, PlanParameter, in_order
from hatoba.plan.names import Names, pascal
from hatoba.plan.terms import Parameter, PseudoParameter, Reference, Words, joined

if TYPE_CHECKING:
    from hatoba.definition.system import System
    from hatoba.plan.resources import Resource

NONCE = "ForceNewDeploymentNonce"
"""The parameter that gets another value at each deployment, so that services start a new one."""

KINDS: Mapping[type[Construct], tuple[str, Mapping[str, str | None]]] = {
    logs.LogGroup: ("LogGroup", {"arn": "Arn"}),
    iam.Role: ("Role", {"arn": "Arn"}),
    iam.TaskRole: ("Role", {"arn": "Arn"}),
    iam.ExecutionRole: ("Role", {"arn": "Arn"}),
    ec2.SecurityGroup: ("SecurityGroup", {"id": "GroupId"}),
    cloudmap.PrivateDnsNamespace: ("Namespace", {"id": None}),
    cloudmap.Service: ("DiscoveryService", {"arn": "Arn"}),
    ecs.Cluster: ("Cluster", {"arn": "Arn"}),
    ecs.TaskDefinition: ("TaskDefinition", {}),
    ecs.Service: ("Service", {"arn": "ServiceArn"}),
    scheduler.Schedule: ("Schedule", {}),
    apigateway.VpcLink: ("VpcLink", {}),
    apigateway.HttpApi: ("Api", {"endpoint": "ApiEndpoint"}),
}
"""What a construct's resource is called, and CloudFormation's names of its attributes (None: its Ref)."""


def raw(raw: Raw, to: Builder) -> Iterable[Resource]:
    """A resource in CloudFormation's own words."""
    yield aws.Raw(
        id=raw.name,
        depends_on=tuple(to.id(other) for other in raw.depends_on),
        type=raw.type,
        properties=to.term(raw.properties),
        deletion_policy=raw.deletion_policy,
    )


Build: TypeAlias = "Callable[[Any, Builder], Iterable[Resource]]"

BUILDERS: Mapping[type[Construct], Build] = {
    logs.LogGroup: task.log_group,
    iam.Role: task.role,
    iam.TaskRole: task.role,
    iam.ExecutionRole: task.role,
    ec2.SecurityGroup: task.security_group,
    cloudmap.PrivateDnsNamespace: task.namespace,
    cloudmap.Service: task.discovery_service,
    ecs.Cluster: task.cluster,
    ecs.TaskDefinition: task.task_definition,
    ecs.Service: task.service,
    scheduler.Schedule: later.schedule,
    Raw: raw,
    apigateway.VpcLink: entry.vpc_link,
    apigateway.HttpApi: entry.http_api,
}


class Builder:
    """What the functions share while one plan is made: ids, tags, and the parameters in use."""

    def __init__(self, system: System) -> None:
        self.names = Names(system.name, reserved=[raw.name for raw in system.all_of(Raw)])
        self.conditions: dict[str, str] = {}
        self._tags = dict(system.tags)
        self._used: set[str] = set()
        self._targets = {id(api): balancing.targets(api, self) for api in system.all_of(apigateway.HttpApi)}

    def targets(self, api: apigateway.HttpApi) -> Mapping[str, balancing.Target]:
        """What stands behind an API's load balancer, by the services' names."""
        return self._targets[id(api)]

    def targets_of(self, service: ecs.Service) -> Sequence[balancing.Target]:
        """Where a service's tasks stand behind load balancers."""
        return [
            target
            for behind in self._targets.values()
            for target in behind.values()
            if target.service is service
        ]

    def part(self, api: apigateway.HttpApi, kind: str, name: str = "") -> str:
        """The logical id of a part of an API."""
        stem = self.names.stem(api.name)
        return self.names.id(kind, name, owner=stem) if name else f"{stem}{kind}"

    def associations(self, cluster: ecs.Cluster) -> str:
        """The logical id of a cluster's capacity providers."""
        return self.names.id("CapacityProviders", cluster.name)

    def id(self, construct: Any) -> str:
        """The logical id of a construct's resource."""
        if isinstance(construct, Raw):
            return construct.name
        kind, _ = KINDS[type(construct)]
        name = construct.family if isinstance(construct, ecs.TaskDefinition) else construct.name
        within = construct.namespace.name if isinstance(construct, cloudmap.Service) else ""
        return self.names.id(kind, name, within=within)

    def tags(self, construct: Any) -> Mapping[str, str]:
        """The system's tags with the construct's own over them."""
        return self._tags | dict(construct.tags)

    def term(self, value: Any) -> Any:
        """A definition's value in the plan's terms; plain values stay, sequences become tuples."""
        if isinstance(value, Value):
            return self._late(value)
        if isinstance(value, Sequence) and not isinstance(value, str):
            return tuple(self.term(member) for member in value)
        if isinstance(value, Mapping):
            return {key: self.term(member) for key, member in value.items()}
        if isinstance(value, Construct):
            return self._late(Attribute(value, "id"))
        return value

    def _late(self, value: Value[Any]) -> Words:
        match value:
            case Input():
                self._used.add(value.name)
                return Parameter(pascal(value.name))
            case Attribute():
                return self._attribute(value.construct, value.name)
            case Joined():
                return joined(self.term(part) for part in value.parts)
            case Pseudo():
                return PseudoParameter(value.name)
            case _:
                raise TypeError(f"a plan has no term for {value!r}")

    def _attribute(self, construct: Any, name: str) -> Words:
        if isinstance(construct, cloudmap.Service) and name == "host":
            return f"{construct.name}.{construct.namespace.name}"
        if isinstance(construct, Existing):
            written: Words = self.term(construct.written(name))
            return written
        if isinstance(construct, Raw):
            return Reference(construct.name, None if name == "ref" else name)
        _, attributes = KINDS[type(construct)]
        return Reference(self.id(construct), attributes[name])

    def nonce(self) -> Parameter:
        """The parameter that forces new deployments."""
        self._used.add(NONCE)
        return Parameter(NONCE)

    def condition(self, methods: Input[Any], method: str) -> str:
        """The condition that holds where an environment's set of methods has this one."""
        self._used.add(methods.name)
        flag = pascal(methods.name, method.lower())
        self.conditions[f"{flag}IsOn"] = flag
        return f"{flag}IsOn"

    def parameters(self, declared: Iterable[Input[Any]]) -> Iterable[PlanParameter]:
        """The parameters of the inputs in use, in the order of declaration."""
        for given in declared:
            if given.name in self._used:
                yield from _parameters(given)
        if NONCE in self._used:
            what = "Another value than last time starts a new deployment of the services"
            yield PlanParameter(NONCE, "String", "first", what)


def _parameters(given: Input[Any]) -> Iterable[PlanParameter]:
    what = given.description or f"Input {given.name}"
    if given.kind.parameter_type == "flags":
        for member in HTTP_METHODS:
            yield PlanParameter(
                pascal(given.name, member.lower()),
                "String",
                None if given.default is None else flag(member in given.default),
                f"{what}: {member}",
                allowed_values=("true", "false"),
                input=given.name,
                member=member,
            )
        return
    default = None if given.default is None else parameter_text(given.default)
    limits = given.limits
    yield PlanParameter(
        pascal(given.name),
        given.kind.parameter_type,
        default,
        what,
        allowed_values=limits.allowed,
        allowed_pattern=limits.pattern,
        min_value=limits.minimum,
        max_value=limits.maximum,
        input=given.name,
    )


def flag(is_on: bool) -> str:  # noqa: FBT001 - it is what the flag says
    """A truth as a parameter's value."""
    return "true" if is_on else "false"


def parameter_text(value: object) -> str:
    """A value as CloudFormation takes it: lists joined by commas."""
    if isinstance(value, (list, tuple)):
        return ",".join(str(member) for member in value)
    return str(value)


def plan(system: System) -> Plan:
    """The plan of a system that was found free of faults."""
    builder = Builder(system)
    resources = in_order(
        resource
        for construct in system.constructs()
        if type(construct) in BUILDERS
        for resource in BUILDERS[type(construct)](construct, builder)
    )
    outputs = tuple(Output(pascal(name), name, builder.term(value)) for name, value in system.outputs.items())
    return Plan(
        jobs=tuple(later.job(job, builder) for job in system.all_of(ecs.Job)),
        system=system.name,
        description=f"{system.name}, made by hatoba",
        parameters=tuple(builder.parameters(system.inputs)),
        conditions=builder.conditions,
        resources=resources,
        outputs=outputs,
        tags=dict(system.tags),
    )


def parameter_values(plan: Plan, values: Mapping[str, object]) -> dict[str, str]:
    """Values of inputs by name, as parameters of the plan. Inputs that have no value keep their default."""
    given: dict[str, str] = {}
    for parameter in plan.parameters:
        if parameter.input is None or parameter.input not in values:
            continue
        value = values[parameter.input]
        if parameter.member is not None:
            assert isinstance(value, (list, tuple, set, frozenset))
            given[parameter.name] = flag(parameter.member in value)
        else:
            given[parameter.name] = parameter_text(value)
    return given
