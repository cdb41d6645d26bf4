"""STS's operations, one function each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from hatoba.cloud.clock import timestamp
from hatoba.cloud.state import Scope
from hatoba.cloud.sts import control
from hatoba.cloud.wire import Call, Caller, Operations, ServiceError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from types_boto3_sts.type_defs import (
        AssumeRoleRequestTypeDef,
        GetAccessKeyInfoRequestTypeDef,
        GetSessionTokenRequestTypeDef,
    )

    from hatoba.cloud.sts.model import Session
    from hatoba.cloud.sts.store import SessionStore
    from hatoba.cloud.wire import Result
    from hatoba.cloud.world import World

_TEMPORARY = "ASIA"


class Api:
    """What STS answers. DecodeAuthorizationMessage is refused: no message here was ever encoded."""

    def __init__(self, world: World, store: SessionStore) -> None:
        self._world = world
        self._store = store
        self.operations = Operations("sts", strict_constraints=True)
        self.operations.add("GetCallerIdentity", self.get_caller_identity)
        self.operations.add("AssumeRole", self.assume_role)
        self.operations.add("GetSessionToken", self.get_session_token)
        self.operations.add("GetAccessKeyInfo", self.get_access_key_info)

    def get_caller_identity(self, call: Call, _request: Mapping[str, object]) -> Result:
        """Return who signed the call."""
        caller = call.caller
        return {"UserId": caller.user_id, "Account": caller.account, "Arn": caller.arn}

    async def assume_role(self, call: Call, request: AssumeRoleRequestTypeDef) -> Result:
        """Return credentials that act as a role of this account or of another one here."""
        _refuse_mfa(request.get("SerialNumber"), request.get("TokenCode"))
        if request.get("ProvidedContexts"):
            raise ServiceError(
                "ValidationError", "ProvidedContexts: hatoba's local cloud has no such contexts."
            )
        role_arn, session_name = request["RoleArn"], request["RoleSessionName"]
        role = await self._role(call, role_arn)
        max_s = role.get("MaxSessionDuration")
        duration_s = control.role_duration_s(
            request.get("DurationSeconds"),
            max_s if isinstance(max_s, int) else control.ROLE_DEFAULT_S,
            call.caller,
        )
        arns = [each.get("arn", "") for each in request.get("PolicyArns", ())]
        percent = control.packed_policy_percent(request.get("Policy"), arns)
        named = control.role_of(role_arn)
        identity = Caller(
            named.account,
            f"arn:aws:sts::{named.account}:assumed-role/{named.name}/{session_name}",
            f"{role['RoleId']}:{session_name}",
        )
        length = request.get("MinimumSessionTokenSize", 0)
        session = self._issue(call, identity, duration_s, least_token_length=length)
        return {
            "Credentials": _credentials(session),
            "AssumedRoleUser": {"AssumedRoleId": identity.user_id, "Arn": identity.arn},
            "PackedPolicySize": percent,
            "SourceIdentity": request.get("SourceIdentity"),
        }

    def get_session_token(self, call: Call, request: GetSessionTokenRequestTypeDef) -> Result:
        """Return temporary credentials of the caller itself."""
        _refuse_mfa(request.get("SerialNumber"), request.get("TokenCode"))
        if call.caller.access_key.startswith(_TEMPORARY):
            raise ServiceError(
                "AccessDenied", "Cannot call GetSessionToken with session credentials", status=403
            )
        is_root = call.caller.arn.endswith(":root")
        most_s = control.ROOT_SESSION_MAX_S if is_root else control.SESSION_TOKEN_MAX_S
        duration_s = min(request.get("DurationSeconds", control.SESSION_TOKEN_DEFAULT_S), most_s)
        length = request.get("MinimumSessionTokenSize", 0)
        session = self._issue(call, call.caller, duration_s, least_token_length=length)
        return {"Credentials": _credentials(session)}

    def get_access_key_info(self, _call: Call, request: GetAccessKeyInfoRequestTypeDef) -> Result:
        """Return the account that an access key belongs to."""
        access_key = request["AccessKeyId"]
        session = self._store.get(access_key)
        account = session.account if session is not None else control.account_of_access_key(access_key)
        if account is None:
            raise ServiceError("ValidationError", f"Invalid value for parameter AccessKeyId: {access_key}")
        return {"Account": account}

    async def _role(self, call: Call, role_arn: str) -> Mapping[str, object]:
        """Return IAM's description of a role, in the account that its ARN names."""
        named = control.role_of(role_arn)
        there = replace(call, scope=Scope(named.account, call.region))
        try:
            found = await self._world.invoke(there, "iam", "GetRole", {"RoleName": named.name})
        except ServiceError as error:
            if error.code == "NoSuchEntity":
                raise control.not_allowed(call.caller, role_arn) from error
            raise
        role: Mapping[str, object] = found["Role"]
        if role["Arn"] != role_arn:
            raise control.not_allowed(call.caller, role_arn)
        return role

    def _issue(self, call: Call, identity: Caller, duration_s: int, *, least_token_length: int) -> Session:
        session = control.new_session(identity, call.now + duration_s, least_token_length=least_token_length)
        with self._world.state.transaction():
            self._store.forget(call.now)
            self._store.put(session)
        return session


def _credentials(session: Session) -> dict[str, object]:
    return {
        "AccessKeyId": session.access_key,
        "SecretAccessKey": session.secret_key,
        "SessionToken": session.token,
        "Expiration": timestamp(session.expires),
    }


def _refuse_mfa(serial_number: str | None, token_code: str | None) -> None:
    if serial_number is not None or token_code is not None:
        raise ServiceError(
            "AccessDenied",
            "SerialNumber and TokenCode: hatoba's local cloud has no MFA devices. Leave them out.",
            status=403,
        )
