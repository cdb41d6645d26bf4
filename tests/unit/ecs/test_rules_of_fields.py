"""What Fargate does not take, what logging needs, and what volumes, secrets and files must be."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from hatoba.cloud.ecs.rules.support import unsupported
from hatoba.cloud.wire import ServiceError
from tests.unit.ecs.test_rules import definition, fault_of, logs
from tests.unit.ecs.yard import Yard

ROLE = "arn:aws:iam::000000000000:role/exec"
GPU = [{"type": "GPU", "value": "1"}]


def linux(**members: Any) -> dict[str, Any]:
    return {"linuxParameters": members}


def volume(**members: Any) -> dict[str, Any]:
    return {"volumes": [{"name": "v", **members}]}


def of_container(**members: Any) -> dict[str, Any]:
    return {"containerDefinitions": [{"name": "a", "image": "i", **members}]}


OF_CONTAINERS = [
    ("disableNetworking", {"disableNetworking": True}),
    ("DNS search domains", {"dnsSearchDomains": ["shop.internal"]}),
    ("Links", {"links": ["b"]}),
    ("Extra hosts", {"extraHosts": [{"hostname": "h", "ipAddress": "10.0.0.1"}]}),
    ("Hostname", {"hostname": "h"}),
    ("gpu", {"resourceRequirements": GPU}),
    ("devices", linux(devices=[{"hostPath": "/dev/null"}])),
    ("maxSwap", linux(maxSwap=1)),
    ("swappiness", linux(swappiness=1)),
]
OF_TASKS = [
    ("ipcMode", {"ipcMode": "task"}),
    ("pidMode task", {"pidMode": "host"}),
    ("placementConstraints", {"placementConstraints": [{"type": "memberOf", "expression": "x"}]}),
    ("sourcePath", volume(host={"sourcePath": "/srv"})),
    ("dockerVolumeConfiguration", volume(dockerVolumeConfiguration={"scope": "task"})),
]


@pytest.mark.parametrize(("named", "members"), OF_CONTAINERS, ids=[named for named, _ in OF_CONTAINERS])
def test_what_fargate_does_not_take_of_a_container_is_refused_by_name(
    named: str, members: dict[str, Any]
) -> None:
    assert named in (fault_of(definition(members)) or "")
    assert fault_of(definition(members, requiresCompatibilities=["EC2"])) is None


@pytest.mark.parametrize(("named", "members"), OF_TASKS, ids=[named for named, _ in OF_TASKS])
def test_what_fargate_does_not_take_of_a_task_is_refused_by_name(named: str, members: dict[str, Any]) -> None:
    assert named in (fault_of(definition(**members)) or "")
    assert fault_of(definition(requiresCompatibilities=["EC2"], **members)) is None


TAKEN = [
    definition(linux(capabilities={"add": ["SYS_PTRACE"], "drop": ["CHOWN"]})),
    definition(linux(initProcessEnabled=True)),
    definition(linux(tmpfs=[{"containerPath": "/tmp", "size": 1}])),
    definition({"systemControls": [{"namespace": "net.core.somaxconn", "value": "2048"}]}),
    definition({"privileged": False}),
    definition(pidMode="task"),
    definition(volumes=[{"name": "v", "host": {}}]),
]


@pytest.mark.parametrize("members", TAKEN)
def test_what_fargate_takes_is_taken(members: dict[str, Any]) -> None:
    assert (fault_of(members), unsupported(members)) == (None, None)  # type: ignore[arg-type]  # a plain dict


def drivers(driver: str) -> str | None:
    return fault_of(definition({"logConfiguration": {"logDriver": driver, "options": {}}}))


def test_fargate_has_three_log_drivers() -> None:
    text = "is not a valid log driver. Must be one of [awslogs, splunk, awsfirelens]"
    for driver in ("json-file", "syslog", "journald", "gelf", "fluentd"):
        assert drivers(driver) == f"{driver} {text}"
    assert (drivers("splunk"), drivers("awsfirelens")) == (None, None)


@pytest.mark.parametrize("driver", ["splunk", "awsfirelens"])
def test_log_drivers_that_do_not_run_here_are_refused_by_name(driver: str) -> None:
    async def story() -> None:
        with pytest.raises(ServiceError, match=f"logConfiguration.logDriver {driver}") as refused:
            await Yard().register(logConfiguration={"logDriver": driver})
        assert refused.value.code == "NotImplementedException"

    asyncio.run(story())


@pytest.mark.parametrize("mode", ["blocking", "non-blocking"])
def test_both_modes_of_delivery_are_taken(mode: str) -> None:
    assert fault_of(definition(logs(mode=mode, **{"max-buffer-size": "10m"}), executionRoleArn=ROLE)) is None


def test_a_message_begins_by_a_pattern_or_by_a_time_and_not_by_both() -> None:
    by_time, by_pattern = {"awslogs-datetime-format": "%Y"}, {"awslogs-multiline-pattern": "^a"}
    for each in (by_time, by_pattern):
        assert fault_of(definition(logs(**each), executionRoleArn=ROLE)) is None
    fault = fault_of(definition(logs(**by_time, **by_pattern), executionRoleArn=ROLE))
    assert fault == "awslogs-datetime-format and awslogs-multiline-pattern cannot be used together"


SECRET = {"secrets": [{"name": "A", "valueFrom": "/a"}]}


@pytest.mark.parametrize(
    ("container", "named"),
    [
        (logs(), "log driver awslogs."),
        ({"image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/app"}, "ECR images."),
        ({"image": "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/app"}, "ECR images."),
        (SECRET, "secrets."),
    ],
)
def test_whatever_is_fetched_or_written_for_a_task_needs_an_execution_role(
    container: dict[str, Any], named: str
) -> None:
    text = f"Fargate requires task definition to have execution role ARN to support {named}"
    assert fault_of(definition(container)) == text
    assert fault_of(definition(container, executionRoleArn=ROLE)) is None


def test_an_image_from_elsewhere_needs_no_execution_role() -> None:
    assert fault_of(definition({"image": "public.ecr.aws/nginx/nginx:1"})) is None


def efs(*, role: str | None = "arn:aws:iam::1:role/r", **members: Any) -> str | None:
    configuration = {"fileSystemId": "fs-1", **members}
    return fault_of(definition(taskRoleArn=role, **volume(efsVolumeConfiguration=configuration)))


WITH_IAM: dict[str, Any] = {"authorizationConfig": {"iam": "ENABLED"}}
WITH_POINT: dict[str, Any] = {"authorizationConfig": {"accessPointId": "fsap-1"}}


def test_efs_with_iam_is_encrypted_and_has_a_role() -> None:
    assert efs(**WITH_IAM, transitEncryption="ENABLED") is None
    assert efs(**WITH_IAM) == "EFS transit encryption must be enabled when using IAM authorization."
    text = "EFS IAM authorization requires a task role."
    assert efs(**WITH_IAM, transitEncryption="ENABLED", role=None) == text


@pytest.mark.parametrize(("root", "fits"), [(None, True), ("/", True), ("/data", False)])
def test_an_access_point_of_efs_has_its_own_root(root: str | None, *, fits: bool) -> None:
    given = {} if root is None else {"rootDirectory": root}
    assert (efs(**WITH_POINT, **given) is None) is fits
    assert efs(rootDirectory="/data") is None


@pytest.mark.parametrize(
    ("named", "members"),
    [
        ("efsVolumeConfiguration", volume(efsVolumeConfiguration={"fileSystemId": "fs-1"})),
        ("configuredAtLaunch", volume(configuredAtLaunch=True)),
        ("operatingSystemFamily", {"runtimePlatform": {"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"}}),
        ("enableFaultInjection", {"enableFaultInjection": True}),
        ("proxyConfiguration", {"proxyConfiguration": {"containerName": "a"}}),
        ("s3filesVolumeConfiguration", volume(s3filesVolumeConfiguration={"fileSystemArn": "a"})),
        ("fsxWindowsFileServer", volume(fsxWindowsFileServerVolumeConfiguration={"fileSystemId": "f"})),
        ("firelensConfiguration", of_container(firelensConfiguration={"type": "fluentbit"})),
        ("containerPortRange", of_container(portMappings=[{"containerPortRange": "80-90"}])),
        ("secretOptions", of_container(logConfiguration={"logDriver": "awslogs", "secretOptions": [{}]})),
    ],
)
def test_what_does_not_run_here_is_named(named: str, members: dict[str, Any]) -> None:
    assert named in (unsupported(definition(**members)) or "")  # type: ignore[arg-type]  # a plain dict


def files(*values: str) -> dict[str, Any]:
    return definition({"environmentFiles": [{"type": "s3", "value": each} for each in values]})


def test_a_container_has_up_to_10_environment_files_ending_in_env() -> None:
    file = "arn:aws:s3:::bucket/a.env"
    assert fault_of(files(*[file] * 10)) is None
    assert fault_of(files(*[file] * 11)) == "environmentFiles can have at most 10 items."
    assert "must have the extension .env" in (fault_of(files("arn:aws:s3:::bucket/a.txt")) or "")


def test_fargate_opens_up_to_1048576_files() -> None:
    limit = {"name": "nofile", "softLimit": 65_535, "hardLimit": 1_048_576}
    assert fault_of(definition({"ulimits": [limit]})) is None
