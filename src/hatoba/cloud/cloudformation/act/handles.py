"""Wait conditions' handles: addresses at the cloud's endpoint that take a signal by HTTP PUT.

::

    PUT http://127.0.0.1:4566/cloudformation-waitcondition-REGION/ACCOUNT/TOKEN
    {"Status": "SUCCESS", "Reason": "…", "UniqueId": "…", "Data": "…"}

The token is as secret as AWS's presigned address is. A signal whose id was told before replaces that one.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-waitcondition.html
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Literal

import msgspec
from msgspec.structs import replace

from hatoba.cloud.cloudformation.model import WaitHandle, WaitSignal
from hatoba.cloud.state import Scope

if TYPE_CHECKING:
    from hatoba.cloud.cloudformation.store import Store

_ADDRESS = re.compile(r"/cloudformation-waitcondition-([a-z0-9-]+)/(\d{12})/([0-9a-f]{32})")
LONGEST_SIGNAL = 4096
"""Bytes; AWS takes data of as many at the most."""


class Signal(msgspec.Struct, frozen=True):
    """The body of a PUT."""

    Status: Literal["SUCCESS", "FAILURE"]
    UniqueId: str
    Reason: str = ""
    Data: str = ""


def address(endpoint: str, scope: Scope, token: str) -> str:
    """Return the address of a handle."""
    return f"{endpoint}/cloudformation-waitcondition-{scope.region}/{scope.account}/{token}"


def open_handle(store: Store, scope: Scope, token: str) -> None:
    """Take signals from now on; a handle that is open keeps what it was told."""
    if store.wait_handles.get(scope, token) is None:
        store.wait_handles.put(scope, WaitHandle(token))


def signals(store: Store, scope: Scope, handle: str) -> tuple[WaitSignal, ...]:
    """Return what was told to the handle of this address; nothing where there is none."""
    found = store.wait_handles.get(scope, handle.rpartition("/")[2])
    return found.signals if found else ()


def close_handle(store: Store, scope: Scope, handle: str) -> None:
    """Forget the handle of this address."""
    store.wait_handles.delete(scope, handle.rpartition("/")[2])


def is_address(path: str) -> bool:
    """Say whether a request's path is that of a handle."""
    return _ADDRESS.fullmatch(path) is not None


def take(store: Store, path: str, body: bytes) -> tuple[HTTPStatus, str]:
    """Keep a signal; return the HTTP status and a word on what is wrong with it."""
    found = _ADDRESS.fullmatch(path)
    assert found is not None
    scope, token = Scope(found[2], found[1]), found[3]
    if len(body) > LONGEST_SIGNAL:
        return HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"A signal has {LONGEST_SIGNAL} bytes at the most."
    try:
        given = msgspec.json.decode(body, type=Signal)
    except msgspec.MsgspecError as error:
        return HTTPStatus.BAD_REQUEST, f"This is no signal of a wait condition: {error}"
    with store.state.transaction():
        handle = store.wait_handles.get(scope, token)
        if handle is None:
            return HTTPStatus.FORBIDDEN, "There is no such wait condition handle."
        signal = WaitSignal(given.UniqueId, given.Status, given.Reason, given.Data)
        others = tuple(each for each in handle.signals if each.unique_id != signal.unique_id)
        store.wait_handles.put(scope, replace(handle, signals=(*others, signal)))
    return HTTPStatus.OK, ""
