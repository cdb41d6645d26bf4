"""Which errors an operation answers with: those that AWS's model lists for it, and no others."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from hatoba.cloud.ecs.api import platforms
from hatoba.cloud.ecs.definition import read
from hatoba.cloud.wire import ServiceError
from hatoba.cloud.wire.models import operation_model
from tests.support.calls import SCOPE
from tests.unit.ecs.test_rules import definition
from tests.unit.ecs.yard import PLACE, Yard

CLUSTER, SERVICE = "ClusterNotFoundException", "ServiceNotFoundException"
INVALID, CLIENT, DENIED = "InvalidParameterException", "ClientException", "AccessDeniedException"
UNKNOWN, UNFIT = "PlatformUnknownException", "PlatformTaskDefinitionIncompatibilityException"
IN_X, IN_C = {"cluster": "x"}, {"cluster": "c"}
S = {**IN_C, "service": "s"}
X = {**IN_C, "service": "x"}
LAUNCH = {"taskDefinition": "app", "networkConfiguration": PLACE, "launchType": "FARGATE"}
NEW = {**LAUNCH, "serviceName": "n", "desiredCount": 1}
OLD = {"platformVersion": "1.3.0", "taskDefinition": "later"}
ARN = f"arn:aws:ecs:{SCOPE.region}:{SCOPE.account}"
FOREIGN = "arn:aws:ecs:{}:999988887777:{}".format
STRATEGY: dict[str, list[object]] = {"capacityProviders": [], "defaultCapacityProviderStrategy": []}
DEPLOYMENT = f"{ARN}:service-deployment/c/s/x"

ERRORS: list[tuple[str, Mapping[str, Any], str]] = [
    ("RegisterTaskDefinition", {"family": "f", "containerDefinitions": []}, CLIENT),
    ("RegisterTaskDefinition", {"family": "f", "containerDefinitions": [], "networkMode": "x"}, INVALID),
    ("DescribeTaskDefinition", {"taskDefinition": "x"}, CLIENT),
    ("DescribeTaskDefinition", {"taskDefinition": FOREIGN(SCOPE.region, "task-definition/app:1")}, DENIED),
    ("DescribeTaskDefinition", {"taskDefinition": FOREIGN("eu-west-3", "task-definition/app:1")}, INVALID),
    ("DeregisterTaskDefinition", {"taskDefinition": "app"}, CLIENT),
    ("DeleteTaskDefinitions", {"taskDefinitions": ["app:1"] * 11}, INVALID),
    ("ListTaskDefinitionFamilies", {"status": "GONE"}, INVALID),
    ("ListTaskDefinitions", {"maxResults": 101}, INVALID),
    ("RunTask", {**LAUNCH, **IN_X}, CLUSTER),
    ("RunTask", {**LAUNCH, **IN_C, "taskDefinition": "x"}, CLIENT),
    ("RunTask", {**LAUNCH, **IN_C, "networkConfiguration": {}}, INVALID),
    ("RunTask", {**LAUNCH, **IN_C, "clientToken": "t", "startedBy": "another"}, "ConflictException"),
    ("RunTask", {**LAUNCH, **IN_C, "platformVersion": "1.4"}, UNKNOWN),
    ("RunTask", {**LAUNCH, **IN_C, **OLD}, UNFIT),
    ("CreateService", {**NEW, **IN_X}, CLUSTER),
    ("CreateService", {**NEW, **IN_C, "taskDefinition": "x"}, CLIENT),
    ("CreateService", {**NEW, **IN_C, "networkConfiguration": {}}, INVALID),
    ("CreateService", {**NEW, **IN_C, "platformVersion": "1.4"}, UNKNOWN),
    ("CreateService", {**NEW, **IN_C, **OLD}, UNFIT),
    ("UpdateService", {**IN_X, "service": "s"}, CLUSTER),
    ("UpdateService", X, SERVICE),
    ("UpdateService", {**IN_C, "service": "draining"}, "ServiceNotActiveException"),
    ("UpdateService", {**S, "taskDefinition": "x"}, CLIENT),
    ("UpdateService", {**S, "desiredCount": -1}, INVALID),
    ("UpdateService", {**S, "platformVersion": "1.4"}, UNKNOWN),
    ("UpdateService", {**S, **OLD}, UNFIT),
    ("DeleteService", {**IN_X, "service": "s"}, CLUSTER),
    ("DeleteService", X, SERVICE),
    ("DeleteService", S, INVALID),
    ("DescribeServices", {**IN_X, "services": ["s"]}, CLUSTER),
    ("DescribeServices", {**IN_C, "services": ["s"] * 11}, INVALID),
    ("ListServices", IN_X, CLUSTER),
    ("ListServices", {**IN_C, "maxResults": 0}, INVALID),
    ("StopTask", {**IN_X, "task": "t"}, CLUSTER),
    ("StopTask", {**IN_C, "task": "t"}, INVALID),
    ("DescribeTasks", {**IN_X, "tasks": ["t"]}, CLUSTER),
    ("DescribeTasks", {**IN_C, "tasks": []}, INVALID),
    ("ListTasks", IN_X, CLUSTER),
    ("ListTasks", {**IN_C, "serviceName": "x"}, SERVICE),
    ("ListTasks", {**IN_C, "desiredStatus": "GONE"}, INVALID),
    ("CreateCluster", {"clusterName": "a b"}, INVALID),
    ("UpdateCluster", IN_X, CLUSTER),
    ("UpdateClusterSettings", {**IN_X, "settings": []}, CLUSTER),
    ("DeleteCluster", IN_X, CLUSTER),
    ("DeleteCluster", IN_C, "ClusterContainsServicesException"),
    ("DeleteCluster", {"cluster": "busy"}, "ClusterContainsTasksException"),
    ("PutClusterCapacityProviders", {**IN_X, **STRATEGY}, CLUSTER),
    ("PutClusterCapacityProviders", {"cluster": "spot", **STRATEGY}, "ResourceInUseException"),
    ("PutClusterCapacityProviders", {**IN_C, **STRATEGY, "capacityProviders": ["x"]}, INVALID),
    ("ExecuteCommand", {**IN_X, "task": "t", "command": "sh", "interactive": True}, CLUSTER),
    ("ExecuteCommand", {**IN_C, "task": "t", "command": "sh", "interactive": True}, INVALID),
    ("GetTaskProtection", IN_X, CLUSTER),
    ("UpdateTaskProtection", {**IN_X, "tasks": ["t"], "protectionEnabled": True}, CLUSTER),
    ("UpdateTaskProtection", {**IN_C, "tasks": [], "protectionEnabled": True}, INVALID),
    ("ListServiceDeployments", {**IN_X, "service": "s"}, CLUSTER),
    ("ListServiceDeployments", X, SERVICE),
    ("DescribeServiceDeployments", {"serviceDeploymentArns": ["a"] * 21}, INVALID),
    ("DescribeServiceRevisions", {"serviceRevisionArns": ["a"] * 21}, INVALID),
    (
        "StopServiceDeployment",
        {"serviceDeploymentArn": DEPLOYMENT},
        "ServiceDeploymentNotFoundException",
    ),
    ("TagResource", {"resourceArn": f"{ARN}:cluster/x", "tags": []}, CLUSTER),
    ("UntagResource", {"resourceArn": f"{ARN}:cluster/x", "tagKeys": []}, CLUSTER),
    ("ListTagsForResource", {"resourceArn": f"{ARN}:cluster/x"}, CLUSTER),
    ("TagResource", {"resourceArn": f"{ARN}:service/c/x", "tags": []}, INVALID),
    ("ListTagsForResource", {"resourceArn": f"{ARN}:cluster/gone"}, INVALID),
    ("ListTagsForResource", {"resourceArn": f"{ARN}:task/c/t"}, INVALID),
    ("ListTagsForResource", {"resourceArn": f"{ARN}:task-definition/x:1"}, INVALID),
    ("PutAttributes", {**IN_C, "attributes": [{"name": "n", "targetId": "t"}]}, "TargetNotFoundException"),
    ("DescribeContainerInstances", {**IN_X, "containerInstances": ["i"]}, CLUSTER),
    ("ListContainerInstances", IN_X, CLUSTER),
]
LATER = {"name": "a", "image": "i", "environmentFiles": [{"type": "s3", "value": "arn:aws:s3:::b/a.env"}]}


async def furnished() -> Yard:
    """Return a yard with one of everything that an operation can be refused for."""
    yard = Yard()
    await yard.register()
    await yard.register_all("later", LATER)
    await yard.create()
    await yard.create(serviceName="draining", desiredCount=1)
    await yard.call("DeleteService", cluster="c", service="draining", force=True)
    await yard.run(clientToken="t", launchType="FARGATE")
    await yard.call("CreateCluster", clusterName="busy")
    await yard.run(cluster="busy")
    await yard.call("CreateCluster", clusterName="spot", capacityProviders=["FARGATE_SPOT"])
    strategy = [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]
    await yard.create(cluster="spot", serviceName="z", capacityProviderStrategy=strategy)
    await yard.call("CreateCluster", clusterName="gone")
    await yard.call("DeleteCluster", cluster="gone")
    return yard


async def answered(yard: Yard, operation: str, params: Mapping[str, Any]) -> str:
    try:
        await yard.call(operation, **params)
    except ServiceError as error:
        return error.code
    return "no error"


def test_an_operation_answers_with_the_error_that_its_model_lists_for_it() -> None:
    async def story() -> None:
        yard = await furnished()
        for operation, params, code in ERRORS:
            assert await answered(yard, operation, params) == code, (operation, params)
            assert code in {shape.name for shape in operation_model("ecs", operation).error_shapes}, operation

    asyncio.run(story())


LAUNCHES = ("RunTask", "CreateService", "UpdateService")
TEXTS = {
    "1.4": (UNKNOWN, "The specified platform does not exist."),
    "1.3.0": (UNFIT, "One or more of the requested capabilities are not supported."),
}


@pytest.mark.parametrize("version", TEXTS)
def test_a_platform_is_refused_in_the_words_of_aws(version: str) -> None:
    async def story() -> None:
        yard = await furnished()
        params = {**NEW, **S, "taskDefinition": "later", "platformVersion": version}
        for operation in LAUNCHES:
            shape = operation_model("ecs", operation).input_shape
            known = shape.members if shape else {}
            with pytest.raises(ServiceError) as refused:
                await yard.call(operation, **{name: each for name, each in params.items() if name in known})
            assert (refused.value.code, refused.value.message) == TEXTS[version]

    asyncio.run(story())


@pytest.mark.parametrize(
    ("task", "container", "fits"),
    [
        ({}, {}, True),
        ({"cpu": "4096", "memory": "8192"}, {}, True),
        ({"cpu": "8192", "memory": "16384"}, {}, False),
        ({"pidMode": "task"}, {}, False),
        ({"ephemeralStorage": {"sizeInGiB": 21}}, {}, False),
        ({}, {"environmentFiles": LATER["environmentFiles"]}, False),
        ({}, {"linuxParameters": {"capabilities": {"add": ["SYS_PTRACE"]}}}, False),
    ],
)
def test_what_platform_1_3_0_cannot_run_is_refused_on_it(
    task: dict[str, Any], container: dict[str, Any], *, fits: bool
) -> None:
    view = read(definition(container, **task))
    assert platforms.checked(None, view) == "LATEST"
    assert platforms.checked("1.4.0", view) == "1.4.0"
    if fits:
        assert platforms.checked("1.3.0", view) == "1.3.0"
        return
    with pytest.raises(ServiceError) as refused:
        platforms.checked("1.3.0", view)
    assert refused.value.code == UNFIT


def test_the_tags_of_a_deleted_cluster_are_gone() -> None:
    async def story() -> None:
        yard = await furnished()
        with pytest.raises(ServiceError) as refused:
            await yard.call("ListTagsForResource", resourceArn=f"{ARN}:cluster/gone")
        text = "The specified cluster is inactive. Specify an active cluster and try again."
        assert (refused.value.code, refused.value.message) == (INVALID, text)

    asyncio.run(story())
