"""The values with which a system goes to an environment."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from hatoba.definition.faults import DefinitionError, Fault
from hatoba.deploy.previous import Snapshot, bare, fingerprint
from hatoba.deploy.templates import BODY_LIMIT, limit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hatoba.definition.environments import Environment
    from hatoba.definition.system import System
    from hatoba.plan import Plan


RESOURCES = 500
"""Resources that a stack has at the most."""


class Defaults(Protocol):
    """What stands in the local cloud and fills inputs without a value. Each is asked at most once."""

    @property
    def vpc_id(self) -> str:
        """The default VPC."""

    @property
    def subnet_ids(self) -> Sequence[str]:
        """Its subnets."""

    @property
    def security_group_id(self) -> str:
        """Its default group."""

    @property
    def user_pool_id(self) -> str:
        """A user pool's id: ``REGION_Abc123``."""

    @property
    def user_pool_endpoint(self) -> str:
        """A user pool without scheme: ``cognito-idp.REGION.amazonaws.com/REGION_Abc123``."""

    @property
    def user_pool_client_ids(self) -> Sequence[str]:
        """The pool's clients."""


@dataclass(frozen=True)
class Deployment:
    """All that CloudFormation is told: nothing of the definition is needed beyond it."""

    stack: str
    template: str
    parameters: Mapping[str, str]
    tags: Mapping[str, str]

    @property
    def definition_key(self) -> str:
        """A short text that differs where the definition does."""
        return fingerprint(bare(self.template), self.tags)

    @property
    def inputs_key(self) -> str:
        """A short text that differs where the values of the inputs do."""
        return fingerprint(lasting(self.parameters))


def lasting(parameters: Mapping[str, str]) -> dict[str, str]:
    """Parameters without the one that gets another value at each deployment."""
    from hatoba.plan import NONCE

    return {name: value for name, value in parameters.items() if name != NONCE}


def is_same(deployment: Deployment, stands: Snapshot) -> bool:
    """Whether a deployment only starts anew what stands."""
    return (
        bare(deployment.template) == bare(stands.template)
        and lasting(deployment.parameters) == lasting(stands.parameters)
        and dict(deployment.tags) == dict(stands.tags)
    )


def resolve_values(
    system: System, environment: Environment, defaults: Defaults | None = None
) -> dict[str, object]:
    """The value of every input, by name: the environment's, the default, or what stands locally.

    Raises:
        DefinitionError: Inputs have no value.
    """
    values: dict[str, object] = {}
    faults: list[Fault] = []
    for given in system.inputs:
        value = environment.value_of(given)
        if value is None and environment.is_filled(given) and defaults is not None:
            value = getattr(defaults, str(given.kind.standing))
        if value is None:
            rule = f"input {given.name} has no value in environment {environment.name}"
            remedy = f"Add {given.name} below [{environment.name}.inputs] in {environment.file}."
            faults.append(Fault(environment.place("inputs", given.name), rule, remedy))
        else:
            values[given.name] = value
    if faults:
        raise DefinitionError(faults)
    return values


def prepare(
    system: System, environment: Environment, defaults: Defaults | None = None, *, nonce: str | None = None
) -> Deployment:
    """What to deploy for a system that was validated. A ``nonce`` of its own starts new deployments.

    Raises:
        DefinitionError: Inputs have no value, or the template is larger than CloudFormation takes.
    """
    from hatoba.plan import NONCE, parameter_values, plan

    planned = plan(system)
    parameters = parameter_values(planned, resolve_values(system, environment, defaults))
    if any(parameter.name == NONCE for parameter in planned.parameters):
        parameters[NONCE] = nonce or secrets.token_hex(8)
    return Deployment(system.name, _text(planned, system, environment), parameters, planned.tags)


def _text(planned: Plan, system: System, environment: Environment) -> str:
    from hatoba.render import template, to_json

    if len(planned.resources) > RESOURCES:
        rule = f"the system means {len(planned.resources)} resources; a stack has up to {RESOURCES}"
        raise DefinitionError([Fault(system.place, rule, "Split the system in two.")])
    text = to_json(template(planned))
    if len(text.encode()) > BODY_LIMIT:
        text = to_json(template(planned), compact=True)
    if len(text.encode()) > limit(environment.bucket):
        raise DefinitionError([_too_large(len(text.encode()), system, environment)])
    return text


def _too_large(size: int, system: System, environment: Environment) -> Fault:
    if environment.bucket is not None:
        rule = f"the template has {size} bytes; CloudFormation takes {limit(environment.bucket)} from S3"
        return Fault(system.place, rule, "Split the system in two.")
    rule = f"the template has {size} bytes; CloudFormation takes {BODY_LIMIT} with a call, and more from S3"
    remedy = f'Name a bucket for it below [{environment.name}]: template_bucket = "…". Or split the system.'
    return Fault(environment.place("template_bucket"), rule, remedy)
