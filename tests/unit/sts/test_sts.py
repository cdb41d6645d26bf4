from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from msgspec.structs import replace

from hatoba.cloud.state import Scope
from hatoba.cloud.sts import Sts
from hatoba.cloud.sts.control import account_of_access_key, new_access_key
from hatoba.cloud.wire import Call, Caller, NotImplementedHere, Operations, ServiceError, ValidationError
from tests.support.calls import SCOPE, Bench
from tests.support.fakes import FakeClock

ROLE = "arn:aws:iam::000000000000:role/app/deploy"


class World:
    """STS beside an IAM that has one role."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.bench = Bench(clock=self.clock)
        iam = Operations("iam")
        iam.add("GetRole", self._get_role)
        self.sts = Sts(self.bench.world)
        self.bench.add(iam)
        self.bench.add(self.sts.operations)

    def _get_role(self, call: Call, request: Mapping[str, Any]) -> Mapping[str, object]:
        if call.account != "000000000000" or request["RoleName"] != "deploy":
            raise ServiceError("NoSuchEntity", "no such role", status=404)
        return {"Role": {"Arn": ROLE, "RoleId": "AROAEXAMPLE", "MaxSessionDuration": 7200}}

    def call(self, operation: str, **params: Any) -> Mapping[str, Any]:
        return self.bench.call("sts", operation, **params)

    async def call_as(self, caller: Caller, operation: str, **params: Any) -> Mapping[str, Any]:
        call = replace(self.bench.call_as(SCOPE, "sts"), caller=caller)
        return await self.bench.dispatcher(call, "sts", operation, params)

    def assume(self, **params: Any) -> Mapping[str, Any]:
        return self.call("AssumeRole", **{"RoleArn": ROLE, "RoleSessionName": "me", **params})


@pytest.fixture
def world() -> World:
    return World()


def test_the_caller_is_the_accounts_root_by_default(world: World) -> None:
    assert world.call("GetCallerIdentity") == {
        "UserId": "000000000000",
        "Account": "000000000000",
        "Arn": "arn:aws:iam::000000000000:root",
    }


def test_an_assumed_role_has_credentials_that_act_as_it(world: World) -> None:
    answer = world.assume()
    assert answer["AssumedRoleUser"] == {
        "AssumedRoleId": "AROAEXAMPLE:me",
        "Arn": "arn:aws:sts::000000000000:assumed-role/deploy/me",
    }
    key = answer["Credentials"]["AccessKeyId"]
    caller = world.sts.caller_of(key, world.clock.now())
    assert caller == Caller("000000000000", answer["AssumedRoleUser"]["Arn"], "AROAEXAMPLE:me", key)


def test_a_session_lasts_an_hour_and_then_says_that_it_expired(world: World) -> None:
    credentials = world.assume()["Credentials"]
    assert credentials["Expiration"].timestamp() == world.clock.now() + 3600
    world.clock.advance(3599)
    assert world.sts.caller_of(credentials["AccessKeyId"], world.clock.now()) is not None
    world.clock.advance(1)
    with pytest.raises(ServiceError, match="The security token included in the request is expired") as caught:
        world.sts.caller_of(credentials["AccessKeyId"], world.clock.now())
    assert (caught.value.code, caught.value.status) == ("ExpiredToken", 403)


def test_sessions_that_expired_long_ago_are_forgotten(world: World) -> None:
    key = world.assume()["Credentials"]["AccessKeyId"]
    world.clock.advance(3 * 24 * 3600)
    world.assume()
    assert world.sts.caller_of(key, world.clock.now()) is None


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:iam::000000000000:role/absent",
        "arn:aws:iam::000000000000:role/other/path/deploy",
        "arn:aws:iam::111122223333:role/app/deploy",
    ],
)
def test_a_role_that_is_not_there_may_not_be_assumed(world: World, arn: str) -> None:
    with pytest.raises(ServiceError) as caught:
        world.assume(RoleArn=arn)
    assert (caught.value.code, caught.value.status) == ("AccessDenied", 403)
    assert caught.value.message == (
        "User: arn:aws:iam::000000000000:root is not authorized to perform: sts:AssumeRole"
        f" on resource: {arn}"
    )


def test_an_arn_of_something_else_is_invalid(world: World) -> None:
    with pytest.raises(ServiceError, match="arn:aws:iam::000000000000:user/somebody is invalid"):
        world.assume(RoleArn="arn:aws:iam::000000000000:user/somebody")


def test_a_session_may_be_as_long_as_the_role_allows(world: World) -> None:
    assert world.assume(DurationSeconds=7200)["Credentials"]["AccessKeyId"]
    with pytest.raises(ServiceError, match="exceeds the MaxSessionDuration set for this role"):
        world.assume(DurationSeconds=7201)


@pytest.mark.anyio
async def test_a_role_assumed_by_a_role_lasts_an_hour_at_most(world: World) -> None:
    caller = Caller("000000000000", "arn:aws:sts::000000000000:assumed-role/a/b", "AROA:b", "ASIAX")
    with pytest.raises(ServiceError, match="1 hour session limit for roles assumed by role chaining"):
        await world.call_as(caller, "AssumeRole", RoleArn=ROLE, RoleSessionName="me", DurationSeconds=3601)


def test_constraints_are_worded_as_aws_words_them(world: World) -> None:
    with pytest.raises(ValidationError) as caught:
        world.assume(RoleSessionName="a b", DurationSeconds=899)
    assert caught.value.code == "ValidationError"
    assert caught.value.message == (
        "2 validation errors detected: Value 'a b' at 'roleSessionName' failed to satisfy constraint: Member"
        r" must satisfy regular expression pattern: [\w+=,.@-]*; Value '899' at 'durationSeconds' failed to"
        " satisfy constraint: Member must have value greater than or equal to 900"
    )


def test_a_session_policy_must_be_json_and_small(world: World) -> None:
    assert world.assume(Policy="{}")["PackedPolicySize"] == 1
    with pytest.raises(ServiceError, match="MalformedPolicyDocument"):
        world.assume(Policy="no")
    with pytest.raises(ServiceError, match="PackedPolicyTooLarge"):
        world.assume(Policy='{"a": "' + "x" * 2048 + '"}')


def test_mfa_is_refused_because_there_are_no_devices(world: World) -> None:
    with pytest.raises(ServiceError, match="no MFA devices"):
        world.assume(SerialNumber="arn:aws:iam::000000000000:mfa/me", TokenCode="123456")


def test_a_session_token_keeps_who_asked(world: World) -> None:
    credentials = world.call("GetSessionToken")["Credentials"]
    caller = world.sts.caller_of(credentials["AccessKeyId"], world.clock.now())
    assert caller is not None
    assert caller.arn == "arn:aws:iam::000000000000:root"
    assert credentials["Expiration"].timestamp() == world.clock.now() + 3600


@pytest.mark.anyio
async def test_temporary_credentials_get_no_session_token(world: World) -> None:
    caller = Caller("000000000000", "arn:aws:sts::000000000000:assumed-role/a/b", "AROA:b", "ASIAX")
    with pytest.raises(ServiceError, match="Cannot call GetSessionToken with session credentials"):
        await world.call_as(caller, "GetSessionToken")


def test_a_token_is_at_least_as_long_as_asked(world: World) -> None:
    assert len(world.assume(MinimumSessionTokenSize=4000)["Credentials"]["SessionToken"]) >= 4000


def test_an_access_key_tells_its_account(world: World) -> None:
    key = world.assume()["Credentials"]["AccessKeyId"]
    assert world.call("GetAccessKeyInfo", AccessKeyId=key) == {"Account": "000000000000"}
    assert account_of_access_key(new_access_key("AKIA", "123456789012")) == "123456789012"
    assert account_of_access_key("AKIA0000000000000000") is None
    with pytest.raises(ServiceError, match="AccessKeyId"):
        world.call("GetAccessKeyInfo", AccessKeyId="NOTAKEYATALL1234")


def test_decode_authorization_message_is_refused_by_name(world: World) -> None:
    with pytest.raises(NotImplementedHere, match="sts:DecodeAuthorizationMessage"):
        world.call("DecodeAuthorizationMessage", EncodedMessage="x")


def test_another_account_has_its_own_root(world: World) -> None:
    found = world.bench.call("sts", "GetCallerIdentity", Scope("111122223333", "eu-west-1"))
    assert found["Arn"] == "arn:aws:iam::111122223333:root"
