"""Limits that take a thousand calls to reach."""

from __future__ import annotations

import pytest

from hatoba.cloud.wire.models import service_model
from tests.unit.cloudmap.bench import CloudMapBench


@pytest.fixture
def cloud() -> CloudMapBench:
    return CloudMapBench()


def test_a_thousand_instances_are_the_most_of_a_service(cloud: CloudMapBench) -> None:
    service_id = cloud.service(cloud.namespace("api", "Http"))
    with cloud.state.transaction():
        for index in range(1000):
            cloud("RegisterInstance", ServiceId=service_id, InstanceId=f"i-{index}", Attributes={})

    error = cloud.refused("RegisterInstance", ServiceId=service_id, InstanceId="more", Attributes={})

    assert error.code == "ResourceLimitExceeded"
    listed = service_model("servicediscovery").operation_model("RegisterInstance").error_shapes
    assert error.code in {each.name for each in listed}
    assert cloud.register(service_id, "i-7", again="yes")["Status"] == "SUCCESS"
