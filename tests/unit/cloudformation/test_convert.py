"""Properties become parameters by botocore's shapes."""

from __future__ import annotations

from typing import Any

import pytest

from hatoba.cloud.cloudformation.errors import PropertyFault
from hatoba.cloud.cloudformation.resources.convert import to_params

CONTAINER: dict[str, Any] = {
    "Name": "app",
    "Image": "httpd",
    "Essential": "true",
    "PortMappings": [{"ContainerPort": "80", "Protocol": "tcp"}],
    "DockerLabels": {"Com.Example": 1},
    "LogConfiguration": {"LogDriver": "awslogs", "Options": {"awslogs-group": "g"}},
}


def test_names_follow_the_wire_values_are_coerced_and_free_maps_stay() -> None:
    given = {"Family": "f", "Cpu": 256, "ContainerDefinitions": [CONTAINER]}
    assert to_params("ecs", "RegisterTaskDefinition", given) == {
        "family": "f",
        "cpu": "256",
        "containerDefinitions": [
            {
                "name": "app",
                "image": "httpd",
                "essential": True,
                "portMappings": [{"containerPort": 80, "protocol": "tcp"}],
                "dockerLabels": {"Com.Example": "1"},
                "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "g"}},
            }
        ],
    }


def test_acronyms_are_spelled_as_cloudformation_spells_them() -> None:
    volume = {"Name": "v", "EFSVolumeConfiguration": {"FilesystemId": "fs"}}
    with pytest.raises(PropertyFault, match=r"#/Volumes/0/EFSVolumeConfiguration: extraneous key"):
        to_params("ecs", "RegisterTaskDefinition", {"Volumes": [volume]})
    volume["EFSVolumeConfiguration"] = {"FileSystemId": "fs"}
    params = to_params("ecs", "RegisterTaskDefinition", {"Volumes": [volume]})
    assert params["volumes"][0]["efsVolumeConfiguration"] == {"fileSystemId": "fs"}


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"Nmae": "x"}, "#/ContainerDefinitions/0: extraneous key [Nmae] is not permitted"),
        ({"essential": True}, "#/ContainerDefinitions/0: extraneous key [essential] is not permitted"),
        ({"Essential": "maybe"}, "#/ContainerDefinitions/0/Essential: expected type: Boolean, found: String"),
        ({"Memory": "many"}, "#/ContainerDefinitions/0/Memory: expected type: Number, found: String"),
        ({"Command": "ls"}, "#/ContainerDefinitions/0/Command: expected type: JSONArray, found: String"),
        ({"Image": ["x"]}, "#/ContainerDefinitions/0/Image: expected type: String, found: JSONArray"),
    ],
)
def test_faults_name_the_place_in_aws_words(change: dict[str, Any], fault: str) -> None:
    with pytest.raises(PropertyFault) as caught:
        to_params("ecs", "RegisterTaskDefinition", {"ContainerDefinitions": [{**CONTAINER, **change}]})
    assert caught.value.reason == fault
    assert caught.value.of("Task").reason == (
        f"Properties validation failed for resource Task with message:\n{fault}"
    )
