"""Where a command works: an environment of the definition, on AWS or in the local cloud."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from hatoba.cli import local
from hatoba.cli.exits import Exit, Failure
from hatoba.cli.project import FOLDER, explained, load_project
from hatoba.deploy import (
    Clients,
    Commands,
    Deployer,
    DeployError,
    Endpoint,
    Interrupted,
    StalePlan,
    TimedOut,
    WrongAccount,
    check_account,
    connect,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from hatoba.cloud.server.runfile import RunFile
    from hatoba.definition.environments import Environment
    from hatoba.definition.project import Project
    from hatoba.deploy import Connection


@dataclass(frozen=True)
class Target:
    """One environment within reach. ``run`` is the local cloud, None on AWS."""

    project: Project
    environment: Environment
    connection: Connection
    run: RunFile | None

    @property
    def stack(self) -> str:
        """The stack's name."""
        return self.project.system.name

    @property
    def command(self) -> Commands:
        """How commands for this environment are spelled."""
        return Commands(self.environment.name)

    @property
    def account(self) -> str:
        """The account: the one that was compared with the caller's, or the one the local cloud shows."""
        return self.environment.account or (self.run.account if self.run else "")

    @property
    def place(self) -> str:
        """The environment in a person's words."""
        if self.run is not None:
            return "the local cloud"
        return f"environment {self.environment.name} (account {self.account}, {self.environment.region})"

    @cached_property
    def engine(self) -> Deployer:
        """A deployer that clears what a failed creation left here, and asks on AWS."""
        return Deployer.over(self.connection, self.environment)

    @cached_property
    def careful(self) -> Deployer:
        """A deployer that clears nothing by itself."""
        return Deployer(self.connection, command=self.command, clears=False)

    @cached_property
    def clients(self) -> Clients:
        """The other services' clients."""
        return Clients(self.connection)

    def validate(self) -> None:
        """Check the definition with the environment's values.

        Raises:
            Failure: It has faults.
        """
        with explained():
            self.project.validate(self.environment)


def reach(file: Path | None, name: str) -> Target:
    """Load the definition and connect to an environment of it, after the caller's account was compared.

    Raises:
        Failure: The definition or the environment has faults, nothing is up here, AWS cannot be reached, or
            the credentials belong to another account.
    """
    project = load_project(file)
    with explained():
        environment = project.environment(name)
    run = local.running(project.folder / FOLDER) if environment.is_local else None
    with told():
        connection = connect(environment, Endpoint(run.endpoint, run.account) if run else None)
        check_account(connection, environment)
    return Target(project, environment, connection, run)


@contextmanager
def told() -> Iterator[None]:
    """Turn a deployment's error into a failure with its exit code."""
    try:
        yield
    except DeployError as error:
        raise failure_of(error) from error


def failure_of(error: DeployError, details: str = "") -> Failure:
    """The failure that a person reads; ``details`` stand between what happened and what to try."""
    codes: dict[type[DeployError], Exit] = {
        WrongAccount: Exit.REFUSED,
        StalePlan: Exit.REFUSED,
        TimedOut: Exit.TIMED_OUT,
        Interrupted: Exit.INTERRUPTED,
    }
    what = f"{error.what}\n{details}" if details else error.what
    return Failure(what, error.remedy, codes.get(type(error), Exit.FAILED))
