"""Account settings: kept and returned. Nothing in the local cloud goes by them.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-account-settings.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hatoba.cloud.ecs.api import errors, finding
from hatoba.cloud.ecs.model import AccountSetting

if TYPE_CHECKING:
    from types_boto3_ecs import type_defs as t

    from hatoba.cloud.ecs.store import Store
    from hatoba.cloud.wire import Call, Result
    from hatoba.cloud.wire.operations import Operation

_SWITCH = ("disabled", "enabled")
MANAGED = "guardDutyActivate"
"""The one that AWS sets by itself."""
VALUES = {
    "serviceLongArnFormat": ("enabled", "disabled"),
    "taskLongArnFormat": ("enabled", "disabled"),
    "containerInstanceLongArnFormat": ("enabled", "disabled"),
    "awsvpcTrunking": _SWITCH,
    "containerInsights": (*_SWITCH, "enhanced"),
    "fargateFIPSMode": _SWITCH,
    "tagResourceAuthorization": ("on", "off"),
    "fargateTaskRetirementWaitPeriod": ("7", "0", "14"),
    MANAGED: ("off", "on"),
    "defaultLogDriverMode": ("non-blocking", "blocking"),
    "fargateEventWindows": _SWITCH,
}
"""What each setting may be; the first is what it is in a new account."""


class AccountSettings:
    """Answers the operations on account settings."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @property
    def operations(self) -> dict[str, Operation]:
        """By AWS's names."""
        return {
            "PutAccountSetting": self.put,
            "PutAccountSettingDefault": self.put_default,
            "DeleteAccountSetting": self.delete,
            "ListAccountSettings": self.list,
        }

    def put(self, call: Call, request: t.PutAccountSettingRequestTypeDef) -> Result:
        """Set it for one user or role, the caller where none is named."""
        return self._put(call, request.get("principalArn") or call.caller.arn, request)

    def put_default(self, call: Call, request: t.PutAccountSettingDefaultRequestTypeDef) -> Result:
        """Set it for everyone in the account who has not set it."""
        return self._put(call, _root(call), request)

    def delete(self, call: Call, request: t.DeleteAccountSettingRequestTypeDef) -> Result:
        """Return to the account's value, or a new account's."""
        principal = request.get("principalArn") or call.caller.arn
        setting = AccountSetting(principal, request["name"], "")
        self._store.account_settings.delete(call.scope, setting.key)
        return {"setting": {"name": setting.name, "principalArn": principal, "type": "user"}}

    def list(self, call: Call, request: t.ListAccountSettingsRequestTypeDef) -> Result:
        """List what was set for a principal, or with ``effectiveSettings`` what counts for it."""
        principal = request.get("principalArn") or call.caller.arn
        own = self._of(call, principal)
        if request.get("effectiveSettings"):
            standard = {name: values[0] for name, values in VALUES.items()}
            own = standard | self._of(call, _root(call)) | own
        fitting = {
            name: value
            for name, value in own.items()
            if request.get("name") in {None, name} and request.get("value") in {None, value}
        }
        chosen, token = finding.page_of(sorted(fitting), request, default=100)
        return {
            "settings": [_shape(name, fitting[name], principal) for name in chosen],
            "nextToken": token,
        }

    def _put(
        self,
        call: Call,
        principal: str,
        request: t.PutAccountSettingRequestTypeDef | t.PutAccountSettingDefaultRequestTypeDef,
    ) -> Result:
        name, value = request["name"], request["value"]
        if name == MANAGED:
            raise errors.invalid(f"The setting {MANAGED} is managed by AWS and cannot be changed.")
        if value not in VALUES.get(name, ()):
            allowed = ", ".join(VALUES.get(name, ())) or "nothing: there is no such setting"
            raise errors.invalid(
                f"Invalid value {value!r} for the account setting {name}. It can be {allowed}."
            )
        self._store.account_settings.put(call.scope, AccountSetting(principal, name, value))
        return {"setting": _shape(name, value, principal)}

    def _of(self, call: Call, principal: str) -> dict[str, str]:
        found = self._store.account_settings.list(call.scope, f"{principal} ")
        return {each.name: each.value for each in found}


def _root(call: Call) -> str:
    return f"arn:aws:iam::{call.account}:root"


def _shape(name: str, value: str, principal: str) -> dict[str, str]:
    kind = "aws_managed" if name == MANAGED else "user"
    return {"name": name, "value": value, "principalArn": principal, "type": kind}
