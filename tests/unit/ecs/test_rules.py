"""What a task definition must be, text by text (facts: ecs.md section 1)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from hatoba.cloud.ecs import rules
from hatoba.cloud.wire import ServiceError
from tests.unit.ecs.yard import Yard


def definition(*containers: dict[str, Any], **task: Any) -> dict[str, Any]:
    base = {
        "family": "app",
        "networkMode": "awsvpc",
        "requiresCompatibilities": ["FARGATE"],
        "cpu": "256",
        "memory": "512",
        "containerDefinitions": [{"name": "a", "image": "i", **each} for each in containers or ({},)],
        **task,
    }
    return {key: value for key, value in base.items() if value is not None}


def fault_of(members: dict[str, Any]) -> str | None:
    return rules.fault(members)  # type: ignore[arg-type]  # a plain dict stands for the typed one


LOGS = {"awslogs-group": "g", "awslogs-region": "r", "awslogs-stream-prefix": "p"}


def logs(driver: str = "awslogs", **changes: str | None) -> dict[str, Any]:
    options = {key: value for key, value in {**LOGS, **changes}.items() if value is not None}
    return {"logConfiguration": {"logDriver": driver, "options": options}}


def without(name: str) -> dict[str, Any]:
    return {
        "logConfiguration": {
            "logDriver": "awslogs",
            "options": {key: value for key, value in LOGS.items() if key != name},
        }
    }


FAULTS = [
    (definition(networkMode=None), "Fargate only supports network mode ‘awsvpc’."),  # noqa: RUF001 - AWS's
    (definition(networkMode="bridge"), "Fargate only supports network mode ‘awsvpc’."),  # noqa: RUF001 - AWS's
    (
        definition({"portMappings": [{"containerPort": 80, "hostPort": 81}]}),
        "When networkMode=awsvpc, the host ports and container ports in port mappings must match.",
    ),
    (
        definition(
            {"portMappings": [{"containerPort": 80, "name": "w"}, {"containerPort": 81, "name": "w"}]}
        ),
        "port mapping name is already used",
    ),
    (definition(cpu=None), "Fargate requires that 'cpu' be defined at the task level."),
    (definition(memory=None), "Fargate requires that 'memory' be defined at the task level."),
    (
        definition(memory="768"),
        "No Fargate configuration exists for given values: 256 CPU, 768 memory.",
    ),
    (
        definition(cpu="300"),
        (
            "Invalid 'cpu' setting for task. For more information, see the Troubleshooting section of the"
            " Amazon ECS Developer Guide."
        ),
    ),
    (
        definition({"cpu": 200}, {"name": "b", "cpu": 100}),
        "The sum of all container 'cpu' values cannot be greater than the value of the task 'cpu'.",
    ),
    (
        definition({"memory": 600}),
        "The 'memory' setting for container 'a' is greater than for the task",
    ),
    (definition({"essential": False}), "Task definition doesn't have any essential container"),
    (definition(containerDefinitions=[]), "Container list cannot be empty."),
    (definition(family="a b"), "Family contains invalid characters."),
    (definition({"name": ""}), "Container.name should not be null or empty."),
    (definition({"image": ""}), "Container.image should not be null or empty."),
    (
        definition({"dependsOn": [{"containerName": "x", "condition": "START"}]}),
        "Cannot depend on container + 'x' because it does not exist",
    ),
    (
        definition({"dependsOn": [{"containerName": "b", "condition": "SUCCESS"}]}, {"name": "b"}),
        "A dependency container with SUCCESS or COMPLETE condition cannot be an essential container",
    ),
    (
        definition({"dependsOn": [{"containerName": "b", "condition": "COMPLETE"}]}, {"name": "b"}),
        "A dependency container with SUCCESS or COMPLETE condition cannot be an essential container",
    ),
    (
        definition(
            {"dependsOn": [{"containerName": "b", "condition": "START"}]},
            {"name": "b", "dependsOn": [{"containerName": "a", "condition": "START"}]},
        ),
        "Container dependencies must not form a circle.",
    ),
    (
        definition({"dependsOn": [{"containerName": "b", "condition": "HEALTHY"}]}, {"name": "b"}),
        "A dependency container with HEALTHY condition must have health check configured",
    ),
    (
        definition({"stopTimeout": 121}),
        "Tasks using the Fargate launch type must have a container stop timeout of less than 120 seconds.",
    ),
    (
        definition({"healthCheck": {"command": ["CMD", "true"], "interval": 301}}),
        "Health check interval must be less than or equal to the maximum allowed value 300 for container 'a'",
    ),
    (
        definition(logs("syslog")),
        "syslog is not a valid log driver. Must be one of [awslogs, splunk, awsfirelens]",
    ),
    (definition(without("awslogs-group")), "Log driver awslogs requires options: awslogs-group"),
    (definition(without("awslogs-region")), "Log driver awslogs requires options: awslogs-region"),
    (
        definition(without("awslogs-stream-prefix")),
        (
            "Fargate requires log configuration options to include awslogs-stream-prefix to support log"
            " driver awslogs."
        ),
    ),
    (
        definition(logs()),
        "Fargate requires task definition to have execution role ARN to support log driver awslogs.",
    ),
    (
        definition({"image": "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/app:1"}),
        "Fargate requires task definition to have execution role ARN to support ECR images.",
    ),
    (definition({"privileged": True}), "Fargate requires that the 'privileged' setting be 'false'"),
    (
        definition({"linuxParameters": {"capabilities": {"add": ["NET_ADMIN"]}}}),
        "NET_ADMIN is not allowed on Fargate.",
    ),
    (
        definition({"dnsServers": ["1.1.1.1"]}),
        "DNS servers are not supported on container when networkMode=awsvpc",
    ),
    (
        definition({"dockerSecurityOptions": ["x"]}),
        "Fargate compatible task definitions do not support dockerSecurityOptions",
    ),
    (
        definition({"linuxParameters": {"sharedMemorySize": 1}}),
        "Fargate compatible task definitions do not support sharedMemorySize",
    ),
    (
        definition(inferenceAccelerators=[{"deviceName": "d", "deviceType": "t"}]),
        "Unsupported field 'inferenceAccelerators'",
    ),
    (
        definition({"environment": [{"name": "A"}], "secrets": [{"name": "A", "valueFrom": "x"}]}),
        (
            "The secret name must be unique and not shared with any new or existing environment variables set"
            " on the container, such as 'A'."
        ),
    ),
    (
        definition(
            {"secrets": [{"name": "A", "valueFrom": "x"}, {"name": "A", "valueFrom": "y"}]},
            executionRoleArn="arn:aws:iam::1:role/r",
        ),
        (
            "The secret name must be unique and not shared with any new or existing environment variables set"
            " on the container, such as 'A'."
        ),
    ),
    (
        definition({"volumesFrom": [{"sourceContainer": "a"}]}),
        "Invalid 'volumesFrom' setting. Unknown container: 'a'.",
    ),
    (
        definition({"portMappings": [{"name": "w"}]}),
        "A port mapping needs a containerPort or a containerPortRange.",
    ),
    (definition({"mountPoints": [{"sourceVolume": "v", "containerPath": "/v"}]}), "Unknown volume 'v'"),
    (definition(ephemeralStorage={"sizeInGiB": 20}), "EphemeralStorage size should be at least 21"),
    (definition(ephemeralStorage={"sizeInGiB": 201}), "EphemeralStorage size should be at most 200"),
    (
        definition(
            volumes=[
                {
                    "name": "v",
                    "efsVolumeConfiguration": {
                        "fileSystemId": "fs",
                        "transitEncryption": "ENABLED",
                        "authorizationConfig": {"iam": "ENABLED"},
                    },
                }
            ]
        ),
        "EFS IAM authorization requires a task role.",
    ),
]


@pytest.mark.parametrize(
    ("members", "word"),
    [
        ({"ulimits": [{"name": "nofile", "softLimit": 2, "hardLimit": 1}]}, "softLimit"),
        ({"ulimits": [{"name": "nofile", "softLimit": 1, "hardLimit": 1_048_577}]}, "at most 1048576"),
        ({"memory": 128, "memoryReservation": 256}, "'memoryReservation' must not be greater"),
        (
            {
                "logConfiguration": {
                    "logDriver": "awslogs",
                    "options": {"awslogs-group": "g", "awslogs-region": "r", "mode": "fast"},
                }
            },
            "mode fast is not a delivery mode",
        ),
    ],
)
def test_limits_and_modes_that_mean_nothing_are_refused(members: dict[str, Any], word: str) -> None:
    assert word in (fault_of(definition(members)) or "")


def test_kernel_parameters_are_those_that_a_container_has_of_its_own() -> None:
    of_containers = [{"namespace": "net.core.somaxconn", "value": "2048"}, {"namespace": "kernel.sem"}]
    assert fault_of(definition({"systemControls": of_containers})) is None
    of_the_machine = [{"namespace": "vm.swappiness", "value": "1"}]
    text = fault_of(definition({"systemControls": of_the_machine}))
    assert text is not None
    assert text.startswith("Invalid systemControls namespace 'vm.swappiness'.")


@pytest.mark.parametrize(("members", "text"), FAULTS, ids=[text[:60] for _, text in FAULTS])
def test_a_fault_is_refused_in_the_words_of_aws(members: dict[str, Any], text: str) -> None:
    assert fault_of(members) == text


@pytest.mark.parametrize(
    "container",
    [
        {},
        {"portMappings": [{"containerPort": 80, "hostPort": 80}]},
        {"portMappings": [{"containerPort": 80, "hostPort": 0}]},
        {"ulimits": [{"name": "nproc", "softLimit": 100, "hardLimit": -1}]},
    ],
)
def test_a_plain_definition_has_no_fault(container: dict[str, Any]) -> None:
    assert fault_of(definition(container)) is None


def test_a_definition_for_ec2_is_not_held_to_the_rules_of_fargate() -> None:
    assert fault_of(definition(requiresCompatibilities=["EC2"], networkMode="bridge", cpu=None)) is None


@pytest.mark.parametrize(
    ("member", "written", "kept"),
    [
        ("cpu", "1 vCPU", "1024"),
        ("cpu", ".5 vCPU", ".5 vCPU"),
        ("cpu", "0.5 vCPU", "512"),
        ("memory", "1GB", "1024"),
        ("memory", "2 GB", "2048"),
        ("memory", "512", "512"),
        ("cpu", "1 GB", "1 GB"),
    ],
)
def test_sizes_are_kept_as_integers(member: str, written: str, kept: str) -> None:
    assert rules.size_text(member, written) == kept


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("repositoryCredentials", {"credentialsParameter": "arn:aws:secretsmanager:r:1:secret:s"}),
        ("credentialSpecs", ["credentialspecdomainless:arn:aws:s3:::b/spec.json"]),
    ],
)
def test_what_cannot_be_run_here_is_refused_by_name(member: str, value: Any) -> None:
    async def story() -> None:
        with pytest.raises(ServiceError) as refused:
            await Yard().register(**{member: value})
        assert refused.value.code == "NotImplementedException"
        assert member in refused.value.message

    asyncio.run(story())


def test_a_fault_reaches_the_client_as_a_client_exception() -> None:
    async def story() -> None:
        with pytest.raises(ServiceError) as refused:
            await Yard().register(portMappings=[{"containerPort": 80, "hostPort": 81}])
        assert refused.value.code == "ClientException"

    asyncio.run(story())
