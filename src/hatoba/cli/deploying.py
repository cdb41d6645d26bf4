"""Bringing a definition to the cloud that runs here: the part that ``up``, ``deploy`` and ``down`` share."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from hatoba.cli import local, output
from hatoba.cli.exits import Exit, Failure
from hatoba.cli.project import explained
from hatoba.deploy import (
    Clearing,
    Deployer,
    DeployError,
    DeploymentFailed,
    Endpoint,
    Proposed,
    ResourceEvent,
    TimedOut,
    prepare,
)
from hatoba.plan import NONCE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from hatoba.cloud.server.runfile import RunFile
    from hatoba.definition.environments import Environment
    from hatoba.definition.project import Project
    from hatoba.deploy import Deployed, DeployEvent


@dataclass(frozen=True)
class StandingHere:
    """What a new account holds, asked of the local cloud when first needed: hatoba.deploy's Defaults."""

    run: RunFile

    @cached_property
    def _all(self) -> Mapping[str, Any]:
        answer: Mapping[str, Any] = local.ask(self.run, "GET", "defaults")
        return answer

    @property
    def vpc_id(self) -> str:
        """The default VPC."""
        return str(self._all["vpc_id"])

    @property
    def subnet_ids(self) -> Sequence[str]:
        """The default VPC's subnets."""
        return list(self._all["subnet_ids"])

    @property
    def security_group_id(self) -> str:
        """The default VPC's default group."""
        return str(self._all["security_group_id"])

    @property
    def user_pool_endpoint(self) -> str:
        """The local user pool, without a scheme."""
        return str(self._all["user_pool_endpoint"])

    @property
    def user_pool_client_ids(self) -> Sequence[str]:
        """The local user pool's clients."""
        return list(self._all["user_pool_client_ids"])


class Narrator:
    """Tells a person how a deployment goes: a line for each resource that came to an end."""

    def __init__(self) -> None:
        self._done = 0
        self._of = 0

    def on_event(self, event: DeployEvent) -> None:
        """Tell one event."""
        if isinstance(event, Proposed):
            self._of = len(event.changes)
            output.say(f"{event.kind.capitalize()} stack {event.stack}: {self._of} changes")
        elif isinstance(event, Clearing):
            output.say(f"Stack {event.stack} is in {event.status}: what it left is removed first")
        elif isinstance(event, ResourceEvent) and not event.is_stack and event.is_final:
            self._done += not event.has_failed
            reason = f"  {event.reason}" if event.has_failed and event.reason else ""
            output.say(f"  {event.status:<16} {event.logical_id} ({event.resource_type}){reason}")


def bring(
    project: Project, environment: Environment, run: RunFile, engine: Deployer, *, force: bool
) -> Deployed:
    """Deploy a validated definition to the running cloud and wait.

    Args:
        project: The definition.
        environment: The values of its inputs.
        run: The cloud.
        engine: A deployer to it.
        force: Start a new deployment of each service even where nothing changed.

    Raises:
        Failure: With the first cause and, where a service's tasks stopped, what they said.
    """
    commands = [
        {
            "image": command.image,
            "command": list(command.argv),
            "directory": str(command.directory),
            "environment": dict(command.environment),
        }
        for command in project.system.local_commands(environment)
    ]
    # A rollback needs the commands of what stands: the others are forgotten only after a success.
    local.ask(run, "POST", "local-commands", {"commands": commands})
    with deploy_errors(run):
        stands = None if force else engine.status(project.system.name)
        nonce = stands.parameters.get(NONCE) if stands else None
        with explained():
            deployment = prepare(project.system, environment, StandingHere(run), nonce=nonce)
        deployed = engine.apply(deployment, Narrator(), keep_failed=True)
    local.ask(run, "PUT", "local-commands", {"commands": commands})
    return deployed


def deployer(environment: Environment, endpoint: str, account: str) -> Deployer:
    """Return a deployer to the local cloud at ``endpoint``, which need not answer yet."""
    return Deployer.to(environment, Endpoint(endpoint, account))


@contextmanager
def deploy_errors(run: RunFile) -> Iterator[None]:
    """Turn a deployment's error into a failure; ask the running cloud why tasks stopped."""
    try:
        yield
    except DeploymentFailed as error:
        raise Failure(error.what, _what_tasks_said(error, run) or error.remedy) from error
    except DeployError as error:
        code = Exit.TIMED_OUT if isinstance(error, TimedOut) else Exit.FAILED
        raise Failure(error.what, error.remedy, code) from error


def _what_tasks_said(error: DeploymentFailed, run: RunFile) -> str | None:
    cause = error.cause
    if cause is None or cause.resource_type != "AWS::ECS::Service" or not cause.physical_id:
        return None
    from hatoba.advise.doctor import remedy_for
    from hatoba.advise.failure import why_tasks_stopped
    from hatoba.cli import aws

    stopped = why_tasks_stopped(aws.client(run, "ecs"), aws.client(run, "logs"), cause.physical_id)
    if stopped is None:
        return None
    said = [f"{remedy_for(stopped.reason)}", f"       Task {stopped.task_id} stopped: {stopped.reason}"]
    said += [f"       Container {name}: exit code {code}" for name, code in stopped.exit_codes]
    if stopped.lines:
        said += ["       Its last lines:", *(f"         {line}" for line in stopped.lines)]
    return "\n".join(said)


def show_outputs(deployed: Deployed) -> None:
    """Print the outputs under the definition's names: data, so on stdout."""
    for name, value in deployed.outputs.items():
        print(f"{name} = {value}")  # noqa: T201 - data
