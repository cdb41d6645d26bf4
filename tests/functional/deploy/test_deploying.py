"""The deployer through botocore and real sockets, against the local cloud in a process of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from hatoba import System, ecs, iam, logs
from hatoba.cli import local
from hatoba.cli.deployed.deploying import StandingHere
from hatoba.cloud.server.runfile import RunFile
from hatoba.definition.environments import Environment
from hatoba.definition.project import Project, load
from hatoba.deploy import (
    CallFailed,
    Clearing,
    Deployer,
    DeployEvent,
    DeploymentFailed,
    Endpoint,
    Unchanged,
    WrongAccount,
    prepare,
)
from tests.unit.definition.parts import container, service, task

EXAMPLE = Path(__file__).parents[3] / "examples" / "sales_support_system"


class Listening:
    """A host that remembers."""

    def __init__(self) -> None:
        self.events: list[DeployEvent] = []

    def on_event(self, event: DeployEvent) -> None:
        self.events.append(event)


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunFile]:
    folder = tmp_path_factory.mktemp("cloud")
    options = local.CloudOptions(
        port=local.free_port(folder),
        any_ports=True,
        region="ap-northeast-1",
        runtime="process",
        ephemeral=True,
    )
    starting = local.start(folder, options)
    starting.go()
    run = starting.wait()
    yield run
    local.stop(folder, run)
    starting._process.wait()


@pytest.fixture
def deployer(cloud: RunFile) -> Deployer:
    return Deployer.to(environment(), Endpoint(cloud.endpoint, cloud.account))


@pytest.fixture(scope="module")
def example() -> Project:
    return load(start=EXAMPLE)


def environment(**values: object) -> Environment:
    return Environment("local", "ap-northeast-1", None, values, Path("environments.toml"))


def values(*methods: str) -> Environment:
    """The reference system without tasks: what is deployed is the matter here, not what runs."""
    here = environment()
    return replace(here, values={"ecs_service.desired_count": 0, "ecs_service.http_methods": list(methods)})


def test_a_system_is_created_left_alone_changed_and_destroyed(
    cloud: RunFile, deployer: Deployer, example: Project
) -> None:
    standing = StandingHere(cloud)
    first = prepare(example.system, values("GET"), standing, nonce="one")

    created = deployer.apply(first)
    assert created.status == "CREATE_COMPLETE"
    assert set(created.outputs) == {"apigateway_endpoint", "ecs_security_group_id", "ecs_cluster_arn"}
    assert created.outputs["ecs_cluster_arn"].endswith(":cluster/mz-dev-ecs-cluster")

    host = Listening()
    assert not deployer.apply(first, host).has_changed
    assert host.events == [Unchanged("mz-dev")]

    proposal = deployer.propose(prepare(example.system, values("GET", "POST"), standing, nonce="one"))
    assert proposal is not None
    assert [(change.action, change.logical_id) for change in proposal.changes] == [
        ("Add", "ApiGatewayPostProxyRoute")
    ]
    assert deployer.execute(proposal).status == "UPDATE_COMPLETE"

    assert deployer.destroy("mz-dev")
    assert deployer.status("mz-dev") is None
    assert not deployer.destroy("mz-dev")


def test_the_first_cause_is_told_and_what_failed_is_cleared_next_time(
    cloud: RunFile, deployer: Deployer
) -> None:
    subnets = StandingHere(cloud).subnet_ids

    def system(name: str, role: str) -> System:
        definition = task(container(log=logs.LogGroup(f"/{name}")), execution_role=iam.ExecutionRole(role))
        app = service(
            name, definition, registry=None, desired_count=0, cluster=ecs.Cluster(name), subnets=subnets
        )
        return System(name, services=[app])

    deployer.apply(prepare(system("owner", "taken"), environment(), StandingHere(cloud)))
    with pytest.raises(DeploymentFailed) as failed:
        deployer.apply(prepare(system("guest", "taken"), environment(), StandingHere(cloud)))
    assert failed.value.cause is not None
    assert failed.value.cause.logical_id == "TakenRole"
    assert "ROLLBACK_COMPLETE" in failed.value.what

    host = Listening()
    deployer.apply(prepare(system("guest", "free"), environment(), StandingHere(cloud)), host)
    assert Clearing("guest", "ROLLBACK_COMPLETE") in host.events
    assert deployer.destroy("guest")
    assert deployer.destroy("owner")


def test_an_account_that_the_environment_does_not_name_is_refused(cloud: RunFile) -> None:
    dev = Environment("dev", "ap-northeast-1", "111122223333", {}, Path("environments.toml"))

    Deployer.to(dev, Endpoint(cloud.endpoint, "111122223333"))
    with pytest.raises(WrongAccount, match="belong to 444455556666"):
        Deployer.to(dev, Endpoint(cloud.endpoint, "444455556666"))


def test_the_users_own_aws_settings_have_no_part_in_it(
    cloud: RunFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "no-such-profile")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/no/such/file")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")

    assert Deployer.to(environment(), Endpoint(cloud.endpoint)).status("nothing") is None


def test_an_endpoint_where_nobody_listens_is_named() -> None:
    nobody = Deployer.to(environment(), Endpoint("http://127.0.0.1:9"))

    with pytest.raises(CallFailed, match=r"127\.0\.0\.1:9") as failed:
        nobody.status("mz-dev")
    assert "hatoba up" in failed.value.remedy
