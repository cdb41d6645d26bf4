"""A failure in AWS's words: what becomes of an exception as the status reason of a resource."""

from __future__ import annotations

from uuid import uuid4

from hatoba.cloud.cloudformation.errors import Invalid, PropertyFault, ResourceFailure
from hatoba.cloud.wire import ServiceError

_HANDLER_CODES = (
    ("AlreadyExists", "AlreadyExists"),
    ("Duplicate", "AlreadyExists"),
    ("NotFound", "NotFound"),
    ("NoSuch", "NotFound"),
    ("AccessDenied", "AccessDenied"),
    ("InUse", "ResourceConflict"),
    ("Conflict", "ResourceConflict"),
    ("DependencyViolation", "ResourceConflict"),
    ("LimitExceeded", "ServiceLimitExceeded"),
    ("Throttl", "Throttling"),
    ("Invalid", "InvalidRequest"),
    ("Validation", "InvalidRequest"),
    ("BadRequest", "InvalidRequest"),
    ("ClientException", "InvalidRequest"),
)


def reason(error: Exception, logical_id: str) -> str:
    """Return the status reason of the resource that ``error`` failed."""
    if isinstance(error, PropertyFault):
        return error.of(logical_id).reason
    if isinstance(error, Invalid):
        return error.message
    if isinstance(error, ServiceError):
        status = error.status or 400
        text = f"{error.message} (Service: AWS, Status Code: {status}, Request ID: {uuid4()})"
        return _from_handler(text, handler_code(error.code))
    if isinstance(error, ResourceFailure):
        return _from_handler(error.reason, "GeneralServiceException")
    return f"Internal failure of hatoba's local cloud: {type(error).__name__}: {error}"


def handler_code(code: str) -> str:
    """Return CloudFormation's name for the kind of a service's error code."""
    return next((name for part, name in _HANDLER_CODES if part in code), "GeneralServiceException")


def _from_handler(text: str, code: str) -> str:
    return f'Resource handler returned message: "{text}" (RequestToken: {uuid4()}, HandlerErrorCode: {code})'


def is_expected(error: Exception) -> bool:
    """Say whether the failure is a service's or the template's, rather than a fault of ours."""
    return isinstance(error, ServiceError | ResourceFailure)
