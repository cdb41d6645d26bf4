"""Stages and deployments: what a stage has, what it serves, and when that changes."""

from __future__ import annotations

from typing import Any

import pytest

from hatoba.cloud.apigateway.deploy import AUTOMATIC, KEPT_AUTOMATIC
from tests.unit.apigateway.fakes import LOG_FORMAT, LOG_GROUP_ARN, GatewayBench


@pytest.fixture
def bench() -> GatewayBench:
    return GatewayBench()


def test_a_fresh_stage_has_empty_settings(bench: GatewayBench) -> None:
    api = bench.api()
    bench.gw("CreateStage", ApiId=api, StageName="$default")

    stage = bench.gw("GetStage", ApiId=api, StageName="$default")

    assert stage["DefaultRouteSettings"] == {"DetailedMetricsEnabled": False}
    assert stage["RouteSettings"] == {}
    assert stage["StageVariables"] == {}
    assert stage["Tags"] == {}
    for member in ("AccessLogSettings", "DeploymentId", "Description", "LastDeploymentStatusMessage"):
        assert stage[member] is None


def test_auto_deploy_deploys_at_once_and_after_every_change(bench: GatewayBench) -> None:
    api = bench.api()
    first = bench.gw("CreateStage", ApiId=api, StageName="$default", AutoDeploy=True)["DeploymentId"]

    bench.route(api)

    stage = bench.gw("GetStage", ApiId=api, StageName="$default")
    assert stage["DeploymentId"] != first
    assert stage["LastDeploymentStatusMessage"] == (
        f"Successfully deployed stage with deployment ID '{stage['DeploymentId']}'"
    )
    deployment = bench.gw("GetDeployment", ApiId=api, DeploymentId=stage["DeploymentId"])
    assert len(deployment["DeploymentId"]) == 6
    assert deployment["AutoDeployed"] is True
    assert deployment["DeploymentStatus"] == "DEPLOYED"
    assert deployment["Description"] == AUTOMATIC


def test_without_auto_deploy_a_stage_waits_for_a_deployment(bench: GatewayBench) -> None:
    api = bench.api()
    bench.gw("CreateStage", ApiId=api, StageName="test")
    bench.route(api)
    assert bench.gw("GetDeployments", ApiId=api)["Items"] == []

    made = bench.gw("CreateDeployment", ApiId=api, StageName="test", Description="first")

    assert made["AutoDeployed"] is False
    assert bench.gw("GetStage", ApiId=api, StageName="test")["DeploymentId"] == made["DeploymentId"]


def test_automatic_deployments_that_nothing_serves_do_not_pile_up(bench: GatewayBench) -> None:
    api = bench.api()
    bench.gw("CreateStage", ApiId=api, StageName="$default", AutoDeploy=True)
    own = bench.gw("CreateDeployment", ApiId=api)["DeploymentId"]

    for number in range(KEPT_AUTOMATIC + 5):
        bench.route(api, f"GET /{number}")

    deployments = bench.gw("GetDeployments", ApiId=api, MaxResults="100")["Items"]
    served = bench.gw("GetStage", ApiId=api, StageName="$default")["DeploymentId"]
    ids = {deployment["DeploymentId"] for deployment in deployments}
    assert len(deployments) == KEPT_AUTOMATIC + 2
    assert {own, served} <= ids


def test_a_stage_with_auto_deploy_takes_no_deployment_by_hand(bench: GatewayBench) -> None:
    api = bench.api()
    deployment = bench.gw("CreateDeployment", ApiId=api)["DeploymentId"]
    bench.gw("CreateStage", ApiId=api, StageName="live", AutoDeploy=True)

    of_stage: dict[str, Any] = {"ApiId": api, "StageName": "live"}
    assert bench.refused("UpdateStage", **of_stage, DeploymentId=deployment)[0] == "BadRequestException"
    assert bench.refused("CreateDeployment", **of_stage)[0] == "BadRequestException"


def test_a_stage_can_go_back_to_an_older_deployment(bench: GatewayBench) -> None:
    api = bench.api()
    old, new = (bench.gw("CreateDeployment", ApiId=api)["DeploymentId"] for _ in range(2))
    bench.gw("CreateStage", ApiId=api, StageName="test", DeploymentId=new)

    stage = bench.gw("UpdateStage", ApiId=api, StageName="test", DeploymentId=old)

    assert stage["DeploymentId"] == old
    refused = bench.refused("UpdateStage", ApiId=api, StageName="test", DeploymentId="abc123")
    assert refused[0] == "NotFoundException"


def test_a_deployment_that_is_served_stays(bench: GatewayBench) -> None:
    api = bench.api()
    deployment = bench.gw("CreateDeployment", ApiId=api)["DeploymentId"]
    bench.gw("CreateStage", ApiId=api, StageName="test", DeploymentId=deployment)

    refused = bench.refused("DeleteDeployment", ApiId=api, DeploymentId=deployment)
    assert refused == (
        "BadRequestException",
        "Active stages pointing to this deployment must be moved or deleted",
    )
    bench.gw("DeleteStage", ApiId=api, StageName="test")
    bench.gw("DeleteDeployment", ApiId=api, DeploymentId=deployment)
    assert bench.refused("GetDeployment", ApiId=api, DeploymentId=deployment)[0] == "NotFoundException"


def test_a_deployments_description_can_change(bench: GatewayBench) -> None:
    api = bench.api()
    deployment = bench.gw("CreateDeployment", ApiId=api)["DeploymentId"]

    bench.gw("UpdateDeployment", ApiId=api, DeploymentId=deployment, Description="why")

    assert bench.gw("GetDeployment", ApiId=api, DeploymentId=deployment)["Description"] == "why"


def test_a_stage_stands_once(bench: GatewayBench) -> None:
    api = bench.api()
    bench.gw("CreateStage", ApiId=api, StageName="test")

    assert bench.refused("CreateStage", ApiId=api, StageName="test")[0] == "ConflictException"


@pytest.mark.parametrize("arn", [LOG_GROUP_ARN, f"{LOG_GROUP_ARN}:*"])
def test_access_log_settings_come_back_byte_for_byte(bench: GatewayBench, arn: str) -> None:
    api = bench.api()
    settings = {"DestinationArn": arn, "Format": LOG_FORMAT}

    bench.gw("CreateStage", ApiId=api, StageName="$default", AccessLogSettings=settings)

    assert bench.gw("GetStage", ApiId=api, StageName="$default")["AccessLogSettings"] == settings
    bench.gw("DeleteAccessLogSettings", ApiId=api, StageName="$default")
    assert bench.gw("GetStage", ApiId=api, StageName="$default")["AccessLogSettings"] is None


@pytest.mark.parametrize(
    "settings",
    [
        {"DestinationArn": LOG_GROUP_ARN, "Format": "$context.status"},
        {"DestinationArn": LOG_GROUP_ARN, "Format": "$context.requestIdentity"},
        {"DestinationArn": LOG_GROUP_ARN, "Format": "$context.requestId\n$context.status"},
        {"DestinationArn": LOG_GROUP_ARN, "Format": "$context.requestId" + "x" * 3072},
        {"DestinationArn": LOG_GROUP_ARN},
        {"Format": "$context.requestId"},
        {"DestinationArn": "my-group", "Format": "$context.requestId"},
        {
            "DestinationArn": "arn:aws:firehose:ap-northeast-1:000000000000:deliverystream/x",
            "Format": "$context.requestId",
        },
    ],
)
def test_access_log_settings_with_a_fault_are_refused(bench: GatewayBench, settings: dict[str, str]) -> None:
    refused = bench.refused("CreateStage", ApiId=bench.api(), StageName="test", AccessLogSettings=settings)

    assert refused[0] == "BadRequestException"


def test_the_extended_request_id_is_enough_for_a_format(bench: GatewayBench) -> None:
    settings = {"DestinationArn": LOG_GROUP_ARN, "Format": "$context.extendedRequestId $context.status"}

    assert bench.gw("CreateStage", ApiId=bench.api(), StageName="test", AccessLogSettings=settings)


def test_stage_variables_are_merged_and_an_empty_one_is_taken_away(bench: GatewayBench) -> None:
    api = bench.api()
    bench.gw("CreateStage", ApiId=api, StageName="test", StageVariables={"host": "a.test", "port": "80"})

    stage = bench.gw("UpdateStage", ApiId=api, StageName="test", StageVariables={"port": "", "path": "x/y"})

    assert stage["StageVariables"] == {"host": "a.test", "path": "x/y"}


@pytest.mark.parametrize(
    "variables",
    [
        {"a-b": "x"},
        {"a": "x y"},
        {"a" * 65: "x"},
        {"a": "x" * 513},
        {f"name{number}": "x" for number in range(101)},
    ],
)
def test_stage_variables_with_a_fault_are_refused(bench: GatewayBench, variables: dict[str, str]) -> None:
    refused = bench.refused("CreateStage", ApiId=bench.api(), StageName="test", StageVariables=variables)

    assert refused[0] == "BadRequestException"


def test_route_settings_are_merged_and_taken_away_by_route_key(bench: GatewayBench) -> None:
    api = bench.api()
    for key in ("GET /a", "$default"):
        bench.route(api, key)
    bench.gw(
        "CreateStage",
        ApiId=api,
        StageName="test",
        DefaultRouteSettings={"ThrottlingBurstLimit": 10, "ThrottlingRateLimit": 5.5},
        RouteSettings={"GET /a": {"ThrottlingBurstLimit": 0}},
    )

    stage = bench.gw(
        "UpdateStage",
        ApiId=api,
        StageName="test",
        RouteSettings={"GET /a": {"ThrottlingRateLimit": 0.0}, "$default": {"DetailedMetricsEnabled": True}},
    )

    assert stage["DefaultRouteSettings"] == {
        "DetailedMetricsEnabled": False,
        "ThrottlingBurstLimit": 10,
        "ThrottlingRateLimit": 5.5,
    }
    assert stage["RouteSettings"] == {
        "GET /a": {
            "DetailedMetricsEnabled": False,
            "ThrottlingBurstLimit": 0,
            "ThrottlingRateLimit": 0.0,
        },
        "$default": {"DetailedMetricsEnabled": True},
    }
    bench.gw("DeleteRouteSettings", ApiId=api, StageName="test", RouteKey="GET /a")
    assert list(bench.gw("GetStage", ApiId=api, StageName="test")["RouteSettings"]) == ["$default"]
    refused = bench.refused("DeleteRouteSettings", ApiId=api, StageName="test", RouteKey="GET /a")
    assert refused[0] == "NotFoundException"


@pytest.mark.parametrize("operation", ["CreateStage", "UpdateStage"])
def test_settings_of_a_route_that_is_not_there_are_refused(bench: GatewayBench, operation: str) -> None:
    api = bench.api()
    bench.route(api, "ANY /{proxy+}")
    if operation == "UpdateStage":
        bench.gw("CreateStage", ApiId=api, StageName="test")
    settings = {"ANY /{proxy+}": {"ThrottlingBurstLimit": 1}, "GET /{proxy+}": {"ThrottlingBurstLimit": 1}}

    assert bench.refused(operation, ApiId=api, StageName="test", RouteSettings=settings) == (
        "NotFoundException",
        "Unable to find Route by key GET /{proxy+} within the provided RouteSettings",
    )


def test_settings_outlive_their_route_and_do_not_hinder_other_changes(bench: GatewayBench) -> None:
    api = bench.api()
    route = bench.route(api, "GET /a")
    bench.gw("CreateStage", ApiId=api, StageName="test", RouteSettings={"GET /a": {}})
    bench.gw("DeleteRoute", ApiId=api, RouteId=route)

    stage = bench.gw("UpdateStage", ApiId=api, StageName="test", Description="new")

    assert (stage["Description"], list(stage["RouteSettings"])) == ("new", ["GET /a"])


@pytest.mark.parametrize(
    "members",
    [
        {"StageName": "with space"},
        {"StageName": "$other"},
        {"StageName": "s" * 129},
        {"Description": "d" * 1025},
        {"ClientCertificateId": "abc"},
        {"DefaultRouteSettings": {"ThrottlingBurstLimit": -1}},
        {"DefaultRouteSettings": {"DataTraceEnabled": True}},
        {"DefaultRouteSettings": {"LoggingLevel": "INFO"}},
        {"RouteSettings": {"pets": {}}},
    ],
)
def test_what_a_stage_cannot_have_is_refused(bench: GatewayBench, members: dict[str, Any]) -> None:
    asked = {"ApiId": bench.api(), "StageName": "test", **members}

    assert bench.refused("CreateStage", **asked)[0] == "BadRequestException"


def test_a_stage_that_is_gone_is_not_found(bench: GatewayBench) -> None:
    api = bench.api()
    bench.gw("CreateStage", ApiId=api, StageName="test")
    bench.gw("DeleteStage", ApiId=api, StageName="test")

    assert bench.refused("GetStage", ApiId=api, StageName="test")[0] == "NotFoundException"
