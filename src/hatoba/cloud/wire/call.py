"""Who calls what, from where: everything about a call but its parameters."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

if TYPE_CHECKING:
    from hatoba.cloud.state import Scope


def new_request_id() -> str:
    """Return an id in the form of ``x-amzn-RequestId``: a random UUID, without the object that uuid makes."""
    digits = secrets.token_hex(16)
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


class Caller(msgspec.Struct, frozen=True):
    """The identity behind a call: the account's root unless the access key says otherwise."""

    account: str
    arn: str
    user_id: str
    access_key: str = ""

    @staticmethod
    def root(account: str, access_key: str = "") -> Caller:
        """Return the account's own root identity."""
        return Caller(account, f"arn:aws:iam::{account}:root", account, access_key)


class Call(msgspec.Struct, frozen=True):
    """One call of one operation.

    Attributes:
        scope: The account and region that the call is for.
        caller: Who signed it.
        now: Epoch seconds, from the cloud's clock: operations never read another one.
        endpoint: The URL the client reached us by, without a path, such as ``http://127.0.0.1:4566``.
    """

    scope: Scope
    caller: Caller
    now: float
    service: str = ""
    operation: str = ""
    endpoint: str = ""
    request_id: str = msgspec.field(default_factory=new_request_id)

    @property
    def account(self) -> str:
        """The 12-digit account id."""
        return self.scope.account

    @property
    def region(self) -> str:
        """The region, such as ``ap-northeast-1``."""
        return self.scope.region

    def of(self, service: str, operation: str) -> Call:
        """Return the same call for another operation, as a service makes it on its caller's behalf."""
        return replace(self, service=service, operation=operation, request_id=new_request_id())


_LOWER_BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz"


def random_id(length: int, alphabet: str = _LOWER_BASE36) -> str:
    """Return a random id such as AWS gives, ``length`` characters of ``alphabet``."""
    count = len(alphabet)
    return "".join(alphabet[byte % count] for byte in secrets.token_bytes(length))


def random_hex(length: int) -> str:
    """Return ``length`` random hexadecimal digits."""
    return secrets.token_hex((length + 1) // 2)[:length]
