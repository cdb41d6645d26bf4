"""Bringing a definition to the cloud that runs here: the part that ``up``, ``deploy`` and ``down`` share."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from hatoba.cli import local, output
from hatoba.cli.deployed.narrating import Narrator
from hatoba.cli.deployed.parameters import make_parameters
from hatoba.cli.exits import Exit, Failure
from hatoba.cli.project import explained
from hatoba.cli.target import failure_of
from hatoba.deploy import Clients, Deployer, DeployError, Endpoint, prepare
from hatoba.plan import NONCE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from hatoba.cloud.server.runfile import RunFile
    from hatoba.definition.environments import Environment
    from hatoba.definition.project import Project
    from hatoba.deploy import Deployed


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
    def user_pool_id(self) -> str:
        """The local user pool's id."""
        return self.user_pool_endpoint.rpartition("/")[2]

    @property
    def user_pool_endpoint(self) -> str:
        """The local user pool, without a scheme."""
        return str(self._all["user_pool_endpoint"])

    @property
    def user_pool_client_ids(self) -> Sequence[str]:
        """The local user pool's clients."""
        return list(self._all["user_pool_client_ids"])


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
    commands = local_commands(project, environment)
    # A rollback needs the commands of what stands: the others are forgotten only after a success.
    local.ask(run, "POST", "local-commands", {"commands": commands})
    with Narrator(Clients(engine.connection)) as narrator, explained_by(narrator):
        stands = None if force else engine.status(project.system.name)
        nonce = stands.parameters.get(NONCE) if stands else None
        make_parameters(project, environment, engine.connection, StandingHere(run))
        with explained():
            deployment = prepare(project.system, environment, StandingHere(run), nonce=nonce)
        deployed = engine.apply(deployment, narrator, keep_failed=True)
    local.ask(run, "PUT", "local-commands", {"commands": commands})
    return deployed


def local_commands(project: Project, environment: Environment) -> list[Mapping[str, object]]:
    """What stands in for the definition's images, as the local cloud takes it."""
    return [
        {
            "image": command.image,
            "command": list(command.argv),
            "directory": str(command.directory),
            "environment": dict(command.environment),
        }
        for command in project.system.local_commands(environment)
    ]


@contextmanager
def explained_by(narrator: Narrator) -> Iterator[None]:
    """Turn a deployment's error into a failure, with what the narrator found out about it.

    Raises:
        Failure: With the first cause and, where a service's tasks stopped, what they said.
    """
    try:
        yield
    except KeyboardInterrupt as interrupt:
        # Once something runs the engine says what goes on: before that there is nothing.
        raise Failure("Interrupted; nothing was changed.", code=Exit.INTERRUPTED) from interrupt
    except DeployError as error:
        failure = failure_of(error, narrator.found)
        if narrator.remedy:
            failure.remedy = f"{narrator.remedy} {failure.remedy}"
        raise failure from error


def deployer(environment: Environment, endpoint: str, account: str) -> Deployer:
    """Return a deployer to the local cloud at ``endpoint``, which need not answer yet."""
    return Deployer.to(environment, Endpoint(endpoint, account))


def show_outputs(deployed: Deployed, *, as_json: bool = False) -> None:
    """Print the outputs under the definition's names: data, so on stdout."""
    if as_json:
        members = {"stack": deployed.stack, "status": deployed.status, "has_changed": deployed.has_changed}
        output.print_json(members | {"outputs": dict(deployed.outputs)})
        return
    for name, value in deployed.outputs.items():
        print(f"{name} = {value}")  # noqa: T201 - data
