"""Where a container's output goes."""

from __future__ import annotations

import pytest

from hatoba.cloud.ecs.act.output import stream_of
from hatoba.cloud.ecs.definition import ContainerDefinition, LogConfiguration
from hatoba.cloud.state import Scope

HERE = Scope("000000000000", "ap-northeast-1")
OPTIONS = {"awslogs-group": "/ecs/app", "awslogs-region": "eu-west-1", "awslogs-stream-prefix": "web"}


def container(**options: str) -> ContainerDefinition:
    logs = LogConfiguration("awslogs", {**OPTIONS, **options})
    return ContainerDefinition("app", "i", log_configuration=logs)


def test_a_stream_is_called_by_prefix_container_and_task_and_stands_in_its_region() -> None:
    stream = stream_of(container(), HERE, "4711")
    assert stream is not None
    assert (stream.group, stream.name) == ("/ecs/app", "web/app/4711")
    assert stream.scope == Scope(HERE.account, "eu-west-1")


@pytest.mark.parametrize(("options", "makes"), [({}, False), ({"awslogs-create-group": "true"}, True)])
def test_a_group_is_made_only_when_asked_for(options: dict[str, str], *, makes: bool) -> None:
    stream = stream_of(container(**options), HERE, "4711")
    assert stream is not None
    assert stream.creates_group is makes


def test_without_a_configuration_nothing_is_kept() -> None:
    assert stream_of(ContainerDefinition("app", "i"), HERE, "4711") is None
