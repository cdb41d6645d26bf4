"""The operations by themselves: shapes, failures, pages, tags (facts: ecs.md, client-calls.md 3 to 5)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.support.calls import SCOPE, refused
from tests.unit.ecs.yard import PLACE, Yard, wait_for

SRV = f"arn:aws:servicediscovery:{SCOPE.region}:{SCOPE.account}:service/srv-1"
ADDRESS = f"arn:aws:servicediscovery:{SCOPE.region}:{SCOPE.account}:service/srv-a"
ECS = f"arn:aws:ecs:{SCOPE.region}:{SCOPE.account}"


def run(story: Callable[[Yard], Awaitable[None]]) -> None:
    async def with_yard() -> None:
        await story(Yard())

    asyncio.run(with_yard())


def test_making_a_cluster_twice_returns_the_same_one() -> None:
    async def story(yard: Yard) -> None:
        first = await yard.call("CreateCluster", clusterName="c", tags=[{"key": "k", "value": "v"}])
        assert await yard.call("CreateCluster", clusterName="c") == first
        assert first["cluster"]["tags"] == [{"key": "k", "value": "v"}]
        assert first["cluster"]["clusterArn"] == f"{ECS}:cluster/c"

    run(story)


@pytest.mark.parametrize("name", ["n" * 256, "a b", "a.b", "a/b"])
def test_names_of_clusters_and_services_have_up_to_255_characters(name: str) -> None:
    async def story(yard: Yard) -> None:
        await yard.register()
        longest = "Az0_-" + "n" * 250
        assert (await yard.create(serviceName=longest))["serviceName"] == longest
        made = await yard.call("CreateCluster", clusterName=longest)
        assert made["cluster"]["clusterName"] == longest
        assert (await refused(yard.create(serviceName=name)))[0] == "InvalidParameterException"
        text = f"Cluster must match ^[a-zA-Z0-9\\-_]{{1,255}}$, but was {name}"
        bad = ("InvalidParameterException", text)
        assert await refused(yard.call("CreateCluster", clusterName=name)) == bad
        assert await refused(yard.call("DescribeServices", cluster=name, services=["s"])) == bad

    run(story)


def test_a_deleted_cluster_is_inactive_and_an_unknown_one_missing() -> None:
    async def story(yard: Yard) -> None:
        await yard.call("CreateCluster", clusterName="c")
        await yard.call("DeleteCluster", cluster="c")
        answer = await yard.call("DescribeClusters", clusters=["c", "x"])
        assert answer["clusters"][0]["status"] == "INACTIVE"
        assert answer["failures"] == [{"arn": f"{ECS}:cluster/x", "reason": "MISSING"}]
        assert (await yard.call("ListClusters"))["clusterArns"] == []
        assert await refused(yard.call("DescribeServices", cluster="c", services=["s"])) == (
            "ClusterNotFoundException",
            "Cluster not found.",
        )

    run(story)


def test_a_cluster_with_a_service_is_not_deleted() -> None:
    async def story(yard: Yard) -> None:
        await yard.register()
        await yard.create()
        code, _ = await refused(yard.call("DeleteCluster", cluster="c"))
        assert code == "ClusterContainsServicesException"

    run(story)


def test_capacity_providers_are_replaced_as_a_whole() -> None:
    async def story(yard: Yard) -> None:
        await yard.call("CreateCluster", clusterName="c")
        answer = await yard.call(
            "PutClusterCapacityProviders",
            cluster="c",
            capacityProviders=["FARGATE"],
            defaultCapacityProviderStrategy=[{"capacityProvider": "FARGATE", "weight": 1}],
        )
        assert answer["cluster"]["capacityProviders"] == ["FARGATE"]
        answer = await yard.call(
            "PutClusterCapacityProviders",
            cluster="c",
            capacityProviders=[],
            defaultCapacityProviderStrategy=[],
        )
        assert answer["cluster"]["capacityProviders"] == []

    run(story)


def test_a_definition_returns_as_it_was_registered_with_what_ecs_always_adds() -> None:
    async def story(yard: Yard) -> None:
        container = {"name": "a", "image": "i", "portMappings": [{"containerPort": 80, "protocol": "tcp"}]}
        await yard.register_all("app", container)
        answer = await yard.call("DescribeTaskDefinition", taskDefinition="app", include=["TAGS"])
        assert answer["taskDefinition"]["containerDefinitions"] == [
            {
                "name": "a",
                "image": "i",
                "portMappings": [{"containerPort": 80, "protocol": "tcp", "hostPort": 80}],
                "cpu": 0,
                "essential": True,
                "environment": [],
                "mountPoints": [],
                "volumesFrom": [],
                "systemControls": [],
            }
        ]
        assert "runtimePlatform" not in answer["taskDefinition"]
        assert answer["tags"] == []

    run(story)


def test_revisions_are_never_used_twice_and_a_family_means_its_newest_active_one() -> None:
    async def story(yard: Yard) -> None:
        await yard.register()
        second = await yard.register()
        await yard.call("DeregisterTaskDefinition", taskDefinition=second)
        assert (await yard.call("DescribeTaskDefinition", taskDefinition="app"))["taskDefinition"][
            "revision"
        ] == 1
        await yard.call("DeleteTaskDefinitions", taskDefinitions=[second])
        assert (await yard.register()).endswith("app:3")
        listed = await yard.call("ListTaskDefinitions", familyPrefix="app")
        assert [each.rsplit("/")[-1] for each in listed["taskDefinitionArns"]] == ["app:1", "app:3"]

    run(story)


def test_an_unknown_definition_cannot_be_described() -> None:
    async def story(yard: Yard) -> None:
        assert await refused(yard.call("DescribeTaskDefinition", taskDefinition="app:9")) == (
            "ClientException",
            "Unable to describe task definition.",
        )

    run(story)


def test_only_inactive_definitions_are_deleted() -> None:
    async def story(yard: Yard) -> None:
        arn = await yard.register()
        assert (await yard.call("DeleteTaskDefinitions", taskDefinitions=[arn]))["failures"][0]["arn"] == arn
        gone = (await yard.call("DeregisterTaskDefinition", taskDefinition=arn))["taskDefinition"]
        assert gone["status"] == "INACTIVE"
        deleted = await yard.call("DeleteTaskDefinitions", taskDefinitions=[arn])
        assert deleted["taskDefinitions"][0]["status"] == "DELETE_IN_PROGRESS"

    run(story)


def test_families_are_listed_by_status() -> None:
    async def story(yard: Yard) -> None:
        arn = await yard.register("one")
        await yard.register("two")
        await yard.call("DeregisterTaskDefinition", taskDefinition=arn)

        async def families(**params: str) -> list[str]:
            found: list[str] = (await yard.call("ListTaskDefinitionFamilies", **params))["families"]
            return found

        assert await families(status="ACTIVE") == ["two"]
        assert await families(status="INACTIVE") == ["one"]
        assert await families() == await families(status="ALL") == ["one", "two"]
        assert await families(familyPrefix="on") == ["one"]

    run(story)


def test_creating_a_service_again_is_taken_only_when_it_says_the_same() -> None:
    async def story(yard: Yard) -> None:
        await yard.register()
        first = await yard.create()
        assert (await yard.create())["deployments"][0]["id"] == first["deployments"][0]["id"]
        assert await refused(yard.create(desiredCount=5)) == (
            "InvalidParameterException",
            "Creation of service was not idempotent.",
        )

    run(story)


def test_a_service_says_what_terraform_needs_to_read() -> None:
    async def story(yard: Yard) -> None:
        await yard.register()
        tags = [{"key": "Owner", "value": "me"}]
        await yard.create(tags=tags, launchType="FARGATE", availabilityZoneRebalancing="DISABLED")
        answer = await yard.call("DescribeServices", cluster="c", services=["s", "x"], include=["TAGS"])
        service = answer["services"][0]
        assert answer["failures"] == [{"arn": f"{ECS}:service/c/x", "reason": "MISSING"}]
        assert (service["serviceArn"], service["clusterArn"]) == (f"{ECS}:service/c/s", f"{ECS}:cluster/c")
        assert (service["launchType"], service["schedulingStrategy"]) == ("FARGATE", "REPLICA")
        assert service["deploymentController"] == {"type": "ECS"}
        assert service["serviceRegistries"] == [
            {"registryArn": SRV, "containerName": "app", "containerPort": 80}
        ]
        assert service["networkConfiguration"]["awsvpcConfiguration"]["subnets"] == ["subnet-a", "subnet-c"]
        assert service["deploymentConfiguration"]["maximumPercent"] == 200
        assert service["deploymentConfiguration"]["minimumHealthyPercent"] == 100
        assert service["deploymentConfiguration"]["deploymentCircuitBreaker"] == {
            "enable": False,
            "rollback": False,
        }
        assert service["availabilityZoneRebalancing"] == "DISABLED"
        assert service["tags"] == tags
        deployment = service["deployments"][0]
        assert (deployment["status"], deployment["rolloutState"]) == ("PRIMARY", "IN_PROGRESS")
        assert deployment["rolloutStateReason"] == f"ECS deployment {deployment['id']} in progress."
        without = await yard.describe()
        assert "tags" not in without

    run(story)


FAULTS: list[tuple[dict[str, Any], str]] = [
    (
        {"networkConfiguration": {}},
        "Network Configuration must be provided when networkMode 'awsvpc' is specified.",
    ),
    (
        {"serviceRegistries": [{"registryArn": SRV}, {"registryArn": SRV}]},
        "service registries can have at most 1 items",
    ),
    (
        {"serviceRegistries": [{"registryArn": SRV, "containerName": "x", "containerPort": 80}]},
        "The container x does not exist in the task definition",
    ),
    (
        {"serviceRegistries": [{"registryArn": ADDRESS, "containerPort": 80}]},
        (
            "The values specified for serviceRegistries do not require a value for 'containerPort'. Remove"
            f" the value and retry. Registry: {ADDRESS}"
        ),
    ),
    ({"serviceRegistries": [{"registryArn": SRV}]}, "require either"),
    (
        {"capacityProviderStrategy": [{"capacityProvider": "FARGATE", "weight": 0}]},
        (
            "There are no capacity providers in the capacity provider strategy with a weight value greater"
            " than zero"
        ),
    ),
    (
        {
            "launchType": "FARGATE",
            "capacityProviderStrategy": [{"capacityProvider": "FARGATE", "weight": 1}],
        },
        "Specifying both a launch type and capacity provider strategy is not supported.",
    ),
    ({"loadBalancers": [{"loadBalancerName": "a"}]}, "ecs: loadBalancers with loadBalancerName"),
    ({"deploymentConfiguration": {"strategy": "BLUE_GREEN"}}, "deployment strategy BLUE_GREEN"),
    ({"schedulingStrategy": "DAEMON"}, "schedulingStrategy DAEMON"),
    ({"launchType": "EC2"}, "launchType EC2"),
    ({"launchType": None}, "which means EC2"),
]


@pytest.mark.parametrize(("members", "text"), FAULTS, ids=[text[:40] for _, text in FAULTS])
def test_a_service_that_cannot_be_is_refused(members: dict[str, Any], text: str) -> None:
    async def story(yard: Yard) -> None:
        await yard.register()
        _, message = await refused(yard.create(registered=False, **members))
        assert text in message

    run(story)


def test_empty_lists_that_terraform_always_sends_are_taken() -> None:
    async def story(yard: Yard) -> None:
        await yard.register()
        service = await yard.create(
            launchType="FARGATE", vpcLatticeConfigurations=[], capacityProviderStrategy=[], loadBalancers=[]
        )
        assert service["status"] == "ACTIVE"

    run(story)


def test_a_definition_not_made_for_fargate_cannot_be_launched() -> None:
    async def story(yard: Yard) -> None:
        await yard.call(
            "RegisterTaskDefinition",
            family="app",
            containerDefinitions=[{"name": "a", "image": "i", "memory": 128}],
        )
        _, message = await refused(yard.create(registered=False))
        assert message == "Task definition does not support launch_type FARGATE."

    run(story)


def test_a_service_above_zero_is_deleted_only_by_force() -> None:
    async def story(yard: Yard) -> None:
        await yard.register()
        await yard.create()
        assert await refused(yard.call("DeleteService", cluster="c", service="s")) == (
            "InvalidParameterException",
            "The service cannot be stopped while it is scaled above 0.",
        )

    run(story)


def test_a_draining_service_is_not_listed_but_described() -> None:
    async def story(yard: Yard) -> None:
        await yard.register()
        await yard.create()
        assert len((await yard.call("ListServices", cluster="c"))["serviceArns"]) == 1
        await yard.call("DeleteService", cluster="c", service="s", force=True)
        assert (await yard.call("ListServices", cluster="c"))["serviceArns"] == []
        assert (await yard.describe())["status"] == "DRAINING"

    run(story)


def test_a_service_that_drains_keeps_its_name() -> None:
    async def story(yard: Yard) -> None:
        await yard.register()
        await yard.create()
        async with yard.at_work():
            await yard.steady()
        # Nobody stops its task now, so it drains.
        await yard.call("DeleteService", cluster="c", service="s", force=True)
        assert await refused(yard.create()) == (
            "InvalidParameterException",
            "Unable to Start a service that is still Draining.",
        )

    run(story)


def test_a_new_capacity_provider_strategy_must_be_forced() -> None:
    async def story(yard: Yard) -> None:
        await yard.register()
        await yard.call("CreateCluster", clusterName="c", capacityProviders=["FARGATE_SPOT"])
        await yard.create()
        strategy = [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]
        update = {"cluster": "c", "service": "s", "capacityProviderStrategy": strategy}
        _, message = await refused(yard.call("UpdateService", **update))
        assert message.endswith("you must force a new deployment.")
        answer = await yard.call("UpdateService", **update, forceNewDeployment=True)
        assert answer["service"]["capacityProviderStrategy"][0]["capacityProvider"] == "FARGATE_SPOT"
        assert "launchType" not in answer["service"]

    run(story)


@pytest.mark.parametrize("kind", ["cluster/c", "service/c/s", "task-definition/app:1"])
def test_tags_are_put_listed_and_removed_by_arn(kind: str) -> None:
    async def story(yard: Yard) -> None:
        await yard.register()
        await yard.create()
        arn = f"{ECS}:{kind}"
        await yard.call(
            "TagResource", resourceArn=arn, tags=[{"key": "a", "value": "1"}, {"key": "b", "value": "2"}]
        )
        await yard.call("UntagResource", resourceArn=arn, tagKeys=["a"])
        answer = await yard.call("ListTagsForResource", resourceArn=arn)
        assert answer["tags"] == [{"key": "b", "value": "2"}]

    run(story)


def test_reserved_tag_keys_are_refused() -> None:
    async def story(yard: Yard) -> None:
        code, _ = await refused(yard.call("CreateCluster", tags=[{"key": "aws:x", "value": "y"}]))
        assert code == "InvalidParameterException"

    run(story)


def test_lists_come_in_pages() -> None:
    async def story(yard: Yard) -> None:
        for name in ("a", "b", "c"):
            await yard.call("CreateCluster", clusterName=name)
        first = await yard.call("ListClusters", maxResults=2)
        second = await yard.call("ListClusters", maxResults=2, nextToken=first["nextToken"])
        assert len(first["clusterArns"]) == 2
        assert second["clusterArns"] == [f"{ECS}:cluster/c"]
        assert second["nextToken"] is None

    run(story)


def test_a_deployment_can_be_followed_by_its_service_deployment() -> None:
    async def story(yard: Yard) -> None:
        await yard.register()
        async with yard.at_work():
            created = await yard.create()
            await yard.steady()
        listed = (await yard.call("ListServiceDeployments", cluster="c", service="s"))["serviceDeployments"]
        digits = created["deployments"][0]["id"].removeprefix("ecs-svc/")
        assert [each["status"] for each in listed] == ["SUCCESSFUL"]
        assert digits in listed[0]["targetServiceRevisionArn"]
        described = await yard.call(
            "DescribeServiceDeployments", serviceDeploymentArns=[listed[0]["serviceDeploymentArn"], "x"]
        )
        assert described["serviceDeployments"][0]["targetServiceRevision"]["runningTaskCount"] == 1
        assert described["failures"] == [{"arn": "x", "reason": "MISSING"}]
        revisions = await yard.call(
            "DescribeServiceRevisions", serviceRevisionArns=[listed[0]["targetServiceRevisionArn"]]
        )
        assert revisions["serviceRevisions"][0]["taskDefinition"].endswith("app:1")

    run(story)


def test_a_deployment_in_progress_can_be_stopped_and_rolls_back() -> None:
    async def story(yard: Yard) -> None:
        from hatoba.runtime.simulated import Script

        yard.runtime.scripts["slow"] = Script(pull_s=3600.0)
        await yard.register()
        async with yard.at_work():
            await yard.create()
            await yard.steady()
            await yard.register(image="slow")
            updated = await yard.call("UpdateService", cluster="c", service="s", taskDefinition="app")
            arn = updated["service"]["currentServiceDeployment"]
            await yard.call("StopServiceDeployment", serviceDeploymentArn=arn)

            async def is_back() -> bool:
                answer = await yard.call("DescribeServiceDeployments", serviceDeploymentArns=[arn])
                return bool(answer["serviceDeployments"][0]["status"] == "ROLLBACK_SUCCESSFUL")

            await wait_for(is_back)
            assert (await yard.steady())["taskDefinition"].endswith("app:1")

    run(story)


def test_what_is_not_implemented_is_refused_by_name() -> None:
    async def story(yard: Yard) -> None:
        code, message = await refused(
            yard.call("CreateTaskSet", cluster="c", service="s", taskDefinition="app")
        )
        assert code == "NotImplementedException"
        assert "ecs:CreateTaskSet" in message

    run(story)


def test_run_task_needs_a_network() -> None:
    async def story(yard: Yard) -> None:
        await yard.register()
        await yard.call("CreateCluster", clusterName="c")
        _, message = await refused(yard.call("RunTask", cluster="c", taskDefinition="app"))
        assert message == "Network Configuration must be provided when networkMode 'awsvpc' is specified."
        answer = await yard.call(
            "RunTask", cluster="c", taskDefinition="app", count=2, networkConfiguration=PLACE
        )
        assert {each["availabilityZone"][-1] for each in answer["tasks"]} == {"a", "c"}

    run(story)


def test_the_tags_of_a_stack_are_kept_and_not_passed_on_to_tasks() -> None:
    async def story(yard: Yard) -> None:
        stack = [{"key": "aws:cloudformation:stack-name", "value": "s"}]
        await yard.register()
        own = [{"key": f"k{number}", "value": ""} for number in range(50)]
        async with yard.at_work():
            service = await yard.create(tags=[*own, *stack], propagateTags="SERVICE")
            await yard.steady()
            listed = await yard.call("ListTagsForResource", resourceArn=service["serviceArn"])
            assert stack[0] in listed["tags"]
            arn = (await yard.tasks())[0]["taskArn"]
            found = await yard.call("DescribeTasks", cluster="c", tasks=[arn], include=["TAGS"])
            assert found["tasks"][0]["tags"] == own

    run(story)
