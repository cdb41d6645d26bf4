"""Values of inputs, from the environment, the definition or what stands, on their way to parameters."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from hatoba import DefinitionError, Input, Inputs, System
from hatoba.definition.environments import Environment
from hatoba.definition.project import load
from hatoba.deploy import Deployer, DeployError, prepare, resolve_values

EXAMPLE = Path(__file__).parents[3] / "examples" / "sales_support_system"


@dataclass(frozen=True)
class Standing:
    """What a local cloud has."""

    vpc_id: str = "vpc-00000001"
    subnet_ids: tuple[str, ...] = ("subnet-00000001", "subnet-00000002")
    security_group_id: str = "sg-00000001"
    user_pool_id: str = "ap-northeast-1_Abc123"
    user_pool_endpoint: str = "cognito-idp.ap-northeast-1.amazonaws.com/ap-northeast-1_Abc123"
    user_pool_client_ids: tuple[str, ...] = ("client1", "client2")


class Given(Inputs):
    vpc = Input.vpc()
    plain = Input.string()
    counted = Input.number(1, local=2)


def environment(name: str, **values: object) -> Environment:
    return Environment(name, "eu-west-1", None if name == "local" else "111122223333", values, Path("e.toml"))


def test_a_value_comes_from_the_environment_before_local_before_default() -> None:
    system = System("s", inputs=Given())

    assert resolve_values(system, environment("local", plain="p"), Standing())["counted"] == 2
    assert resolve_values(system, environment("local", plain="p", counted=3), Standing())["counted"] == 3
    assert resolve_values(system, environment("dev", plain="p", vpc="vpc-12345678"))["counted"] == 1


def test_only_locally_what_stands_fills_inputs() -> None:
    system = System("s", inputs=Given())

    assert resolve_values(system, environment("local", plain="p"), Standing())["vpc"] == "vpc-00000001"
    with pytest.raises(DefinitionError, match=r"input vpc has no value in environment dev\n.*\[dev.inputs\]"):
        resolve_values(system, environment("dev", plain="p"), Standing())


def test_all_missing_values_are_named_together() -> None:
    with pytest.raises(DefinitionError) as missing:
        resolve_values(System("s", inputs=Given()), environment("local"))

    assert [fault.place.key for fault in missing.value.faults] == ["local.inputs.vpc", "local.inputs.plain"]


def test_the_reference_system_comes_up_with_no_values_at_all() -> None:
    project = load(start=EXAMPLE)
    deployment = prepare(project.system, project.environment(), Standing(), nonce="n1")

    assert deployment.stack == "mz-dev"
    assert deployment.parameters == {
        "VpcId": "vpc-00000001",
        "DefaultSecurityGroupId": "sg-00000001",
        "AllowOrigins": "http://localhost:3000",
        "CorsMaxAge": "80000",
        "LogRetentionInDays": "7",
        "CognitoUserPoolEndpoint": "cognito-idp.ap-northeast-1.amazonaws.com/ap-northeast-1_Abc123",
        "UserPoolClientIds": "client1,client2",
        "EcsTaskMemory": "512",
        "EcsTaskCpu": "256",
        "EcsServiceDesiredCount": "1",
        "EcsServiceHttpMethodsAny": "false",
        "EcsServiceHttpMethodsDelete": "false",
        "EcsServiceHttpMethodsGet": "true",
        "EcsServiceHttpMethodsHead": "false",
        "EcsServiceHttpMethodsOptions": "false",
        "EcsServiceHttpMethodsPatch": "false",
        "EcsServiceHttpMethodsPost": "false",
        "EcsServiceHttpMethodsPut": "false",
        "PrivateSubnetIds": "subnet-00000001,subnet-00000002",
        "ForceNewDeploymentNonce": "n1",
    }
    assert deployment.parameters.keys() == json.loads(deployment.template)["Parameters"].keys()


def test_each_deployment_has_a_nonce_of_its_own() -> None:
    project = load(start=EXAMPLE)
    nonces = {
        prepare(project.system, project.environment(), Standing()).parameters["ForceNewDeploymentNonce"]
        for _ in range(3)
    }

    assert len(nonces) == 3


def test_local_never_goes_to_aws_by_accident() -> None:
    with pytest.raises(DeployError, match="needs the local cloud's endpoint"):
        Deployer.to(environment("local"))
