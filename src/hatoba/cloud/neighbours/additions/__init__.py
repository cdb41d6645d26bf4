"""Operations that moto lacks and clients of such a system call, answered from moto's own records.

::

    request ─→ answer ── there is an addition: it reads or changes moto's records ─→ client
                      └─ None ─→ begin ─→ moto ─→ what began ends: what moto would forget is kept

They stand beside moto, which is not touched. In the worker thread only.
"""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from hatoba.cloud.neighbours.additions import cognito
from hatoba.cloud.wire.errors import ServiceError
from hatoba.cloud.wire.http import HttpResponse

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hatoba.cloud.state import Scope
    from hatoba.cloud.wire.http import HttpRequest

    Addition = Callable[[Scope, Mapping[str, Any]], Mapping[str, Any]]
    Keeping = Callable[[Scope, Mapping[str, Any]], Callable[[], None]]

ANSWERS: Mapping[tuple[str, str], Addition] = {
    ("cognito-idp", "DeleteResourceServer"): cognito.delete_resource_server,
    ("cognito-idp", "ListTagsForResource"): cognito.list_tags,
    ("cognito-idp", "TagResource"): cognito.tag,
    ("cognito-idp", "UntagResource"): cognito.untag,
    ("cognito-idp", "UpdateResourceServer"): cognito.update_resource_server,
}
KEEPS: Mapping[tuple[str, str], Keeping] = {
    ("cognito-idp", "UpdateUserPool"): cognito.keep_tags,
}


def answer(request: HttpRequest, service: str, scope: Scope) -> HttpResponse | None:
    """Answer an operation that moto lacks; None where moto is to answer.

    Raises:
        ServiceError: In AWS's words.
    """
    addition = ANSWERS.get((service, _operation(request)))
    if addition is None:
        return None
    body = json.dumps(addition(scope, _params(request))).encode()
    return HttpResponse(HTTPStatus.OK, {"content-type": "application/x-amz-json-1.1"}, body)


def begin(request: HttpRequest, service: str, scope: Scope) -> Callable[[], None] | None:
    """Look at a request before moto does; return how to keep what moto forgets, for when it answered well."""
    keeping = KEEPS.get((service, _operation(request)))
    return None if keeping is None else keeping(scope, _params(request))


def _operation(request: HttpRequest) -> str:
    return request.headers.get("x-amz-target", "").rpartition(".")[2]


def _params(request: HttpRequest) -> Mapping[str, Any]:
    try:
        params = json.loads(request.content or b"{}")
    except ValueError as error:
        raise ServiceError("SerializationException", f"The body is not JSON: {error}.", status=400) from error
    if not isinstance(params, dict):
        raise ServiceError("SerializationException", "The body is no JSON object.", status=400)
    return params
