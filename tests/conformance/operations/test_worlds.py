"""Accounts and regions are worlds of their own: an ARN of another one names nothing here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from hatoba.cloud.state import Scope
from hatoba.cloud.wire import ServiceError
from tests.conformance.operations.standing import OWN, Standing

ELSEWHERE = (Scope(OWN.account, "us-east-1"), Scope("999988887777", OWN.region))
GROUP = "arn:aws:logs:{0.region}:{0.account}:log-group:/group"
NAMESPACE = "arn:aws:servicediscovery:{0.region}:{0.account}:namespace/ns-1"
STACK = "arn:aws:cloudformation:{0.region}:{0.account}:stack/stack/1"
ROLE = "arn:aws:iam::{0.account}:role/nobody"
TAG = [{"key": "a", "value": "b"}]
CLUSTER = "arn:aws:ecs:{0.region}:{0.account}:cluster/cluster"
SERVICE = "arn:aws:ecs:{0.region}:{0.account}:service/cluster/service"
REVISION = "arn:aws:ecs:{0.region}:{0.account}:task-definition/family:1"
CALLS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("ecs", "DescribeClusters", {"clusters": [CLUSTER]}),
    ("ecs", "UpdateCluster", {"cluster": CLUSTER, "settings": []}),
    ("ecs", "DescribeServices", {"cluster": "cluster", "services": [SERVICE]}),
    ("ecs", "DeleteService", {"cluster": "cluster", "service": SERVICE, "force": True}),
    ("ecs", "DescribeTaskDefinition", {"taskDefinition": REVISION}),
    ("ecs", "TagResource", {"resourceArn": CLUSTER, "tags": TAG}),
    ("logs", "ListTagsForResource", {"resourceArn": GROUP}),
    ("servicediscovery", "ListTagsForResource", {"ResourceARN": NAMESPACE}),
    ("cloudformation", "DescribeStacks", {"StackName": STACK}),
    ("sts", "AssumeRole", {"RoleArn": ROLE, "RoleSessionName": "session"}),
)


@pytest.fixture(scope="module")
def standing() -> Iterator[Standing]:
    made = Standing()
    try:
        yield made
    finally:
        made.close()


def naming(value: Any, scope: Scope) -> Any:
    if isinstance(value, str):
        return value.format(scope)
    return [naming(each, scope) for each in value] if isinstance(value, list) else value


@pytest.mark.parametrize(("service", "operation", "params"), CALLS)
@pytest.mark.parametrize("elsewhere", ELSEWHERE)
def test_an_arn_of_another_world_is_refused(
    standing: Standing, elsewhere: Scope, service: str, operation: str, params: dict[str, Any]
) -> None:
    before = standing.rows(OWN)
    named = {name: naming(value, elsewhere) for name, value in params.items()}
    with pytest.raises(ServiceError) as refused:
        standing.call(OWN, service, operation, **named)
    assert (refused.value.status or 400) < 500
    assert standing.rows(OWN) == before


def test_an_arn_of_ecs_in_another_region_is_refused_in_its_words(standing: Standing) -> None:
    with pytest.raises(ServiceError, match="Invalid Region in ARN") as refused:
        standing.call(OWN, "ecs", "DescribeClusters", clusters=[CLUSTER.format(ELSEWHERE[0])])
    assert refused.value.code == "InvalidParameterException"
