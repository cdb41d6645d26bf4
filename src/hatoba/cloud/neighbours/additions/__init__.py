"""Operations that moto lacks and clients of such a system call, answered from moto's own records.

::

    request ─→ answer ── there is an addition: it reads or changes moto's records ─→ client
                      └─ None ─→ moto ─→ after ── what moto would forget of the request is kept beside

They stand beside moto, which is not touched. In the worker thread only.
"""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from hatoba.cloud.neighbours.additions import cognito, scaling
from hatoba.cloud.wire.errors import ServiceError
from hatoba.cloud.wire.http import HttpResponse

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hatoba.cloud.state import Scope
    from hatoba.cloud.wire.http import HttpRequest

    Addition = Callable[[Scope, Mapping[str, Any]], Mapping[str, Any]]

ANSWERS: Mapping[tuple[str, str], Addition] = {
    ("application-autoscaling", "ListTagsForResource"): scaling.list_tags,
    ("application-autoscaling", "TagResource"): scaling.tag,
    ("application-autoscaling", "UntagResource"): scaling.untag,
    ("cognito-idp", "DeleteResourceServer"): cognito.delete_resource_server,
    ("cognito-idp", "UpdateResourceServer"): cognito.update_resource_server,
}
AFTER: Mapping[tuple[str, str], Callable[[Scope, Mapping[str, Any]], None]] = {
    ("application-autoscaling", "RegisterScalableTarget"): scaling.keep_tags,
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


def after(request: HttpRequest, service: str, scope: Scope, response: HttpResponse) -> None:
    """Keep what moto forgets of a request that it has answered well."""
    addition = AFTER.get((service, _operation(request)))
    if addition is not None and response.status < HTTPStatus.MULTIPLE_CHOICES:
        addition(scope, _params(request))


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
