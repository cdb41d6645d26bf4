"""One request on its way through the chain, and what each step found out about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from hatoba.cloud.wire.call import new_request_id
from hatoba.cloud.wire.locate import Signature

if TYPE_CHECKING:
    from collections.abc import Mapping

    from botocore.model import OperationModel

    from hatoba.cloud.state import Scope
    from hatoba.cloud.wire.call import Call, Caller
    from hatoba.cloud.wire.directory import Listing
    from hatoba.cloud.wire.http import HttpRequest, HttpResponse
    from hatoba.cloud.wire.locate import Target


class Exchange(msgspec.Struct):
    """Filled step by step; the chain ends as soon as there is a response."""

    request: HttpRequest
    request_id: str = msgspec.field(default_factory=new_request_id)
    signature: Signature = msgspec.field(default_factory=Signature)
    listing: Listing | None = None
    protocol: str = ""
    target: Target | None = None
    caller: Caller | None = None
    scope: Scope | None = None
    call: Call | None = None
    operation: OperationModel | None = None
    parameters: dict[str, Any] = msgspec.field(default_factory=dict)
    result: Mapping[str, object] | None = None
    response: HttpResponse | None = None
