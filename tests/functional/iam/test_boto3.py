"""boto3 over real sockets: what its own parsers make of IAM's answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from hatoba.cloud.clock import SystemClock
from hatoba.cloud.iam import Iam
from hatoba.cloud.state import State
from hatoba.cloud.sts import Sts
from hatoba.cloud.wire import Call, Dispatcher
from hatoba.cloud.wire.app import WireApp
from hatoba.cloud.world import Settings, World
from tests.functional.wire.serving import ACCOUNT, Served, served
from tests.unit.iam.fakes import EXECUTION, METRICS, TRUST


def app(port: int) -> WireApp:
    state, clock = State(), SystemClock()
    settings = Settings(folder=Path("unused"), port=port)
    dispatcher = Dispatcher({}, state.transaction)

    def call_as_service(*_: object) -> Call:
        raise AssertionError

    world = World(state, clock, settings, dispatcher, call_as_service)
    sts = Sts(world)
    for service in (Iam(world), sts):
        dispatcher.services[service.operations.service] = service.operations
    return WireApp(dispatcher, clock, settings, credentials=sts)


@pytest.fixture(scope="module")
def cloud() -> Iterator[Served]:
    with served(app) as running:
        yield running


def test_documents_arrive_as_objects(cloud: Served) -> None:
    iam = cloud.client("iam")
    iam.create_role(RoleName="documents", AssumeRolePolicyDocument=TRUST, Tags=[{"Key": "a", "Value": "b"}])
    iam.put_role_policy(RoleName="documents", PolicyName="metrics", PolicyDocument=METRICS)

    role = iam.get_role(RoleName="documents")["Role"]
    assert role["AssumeRolePolicyDocument"] == json.loads(TRUST)
    assert role["Arn"] == f"arn:aws:iam::{ACCOUNT}:role/documents"
    assert role["Tags"] == [{"Key": "a", "Value": "b"}]
    assert role["CreateDate"].tzinfo is not None
    inline = iam.get_role_policy(RoleName="documents", PolicyName="metrics")
    assert inline["PolicyDocument"] == json.loads(METRICS)


def test_errors_are_the_clients_own_exceptions(cloud: Served) -> None:
    iam = cloud.client("iam")

    with pytest.raises(iam.exceptions.NoSuchEntityException) as caught:
        iam.get_role(RoleName="nobody")

    assert caught.value.response["Error"] == {
        "Type": "Sender",
        "Code": "NoSuchEntity",
        "Message": "The role with name nobody cannot be found.",
    }
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404
    with pytest.raises(iam.exceptions.MalformedPolicyDocumentException):
        iam.create_role(RoleName="r", AssumeRolePolicyDocument="{}")


def test_empty_lists_are_there(cloud: Served) -> None:
    iam = cloud.client("iam")
    iam.create_role(RoleName="empty", AssumeRolePolicyDocument=TRUST)

    assert iam.list_role_policies(RoleName="empty")["PolicyNames"] == []
    assert iam.list_attached_role_policies(RoleName="empty")["AttachedPolicies"] == []
    assert iam.list_instance_profiles_for_role(RoleName="empty")["InstanceProfiles"] == []


def test_the_root_is_the_caller(cloud: Served) -> None:
    assert cloud.client("iam").get_user()["User"]["Arn"] == f"arn:aws:iam::{ACCOUNT}:root"


def test_lists_are_paginated(cloud: Served) -> None:
    iam = cloud.client("iam")
    pages = iam.get_paginator("list_policies").paginate(Scope="AWS", PaginationConfig={"PageSize": 7})

    arns = [policy["Arn"] for page in pages for policy in page["Policies"]]

    assert EXECUTION in arns
    assert len(arns) == len(set(arns)) > 50


def test_the_waiter_for_a_role_ends(cloud: Served) -> None:
    iam = cloud.client("iam")
    iam.create_role(RoleName="awaited", AssumeRolePolicyDocument=TRUST)

    iam.get_waiter("role_exists").wait(RoleName="awaited")
