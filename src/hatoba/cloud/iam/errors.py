"""IAM's errors, by the codes that clients match on (``NoSuchEntity``, never ``NoSuchEntityException``)."""

from __future__ import annotations

from hatoba.cloud.wire import ServiceError


def no_such_entity(message: str) -> ServiceError:
    """Return a 404 for what is not there."""
    return ServiceError("NoSuchEntity", message, status=404)


def already_exists(message: str) -> ServiceError:
    """Return a 409 for a name that is taken."""
    return ServiceError("EntityAlreadyExists", message, status=409)


def delete_conflict(message: str) -> ServiceError:
    """Return a 409 for what cannot be deleted while others hold it."""
    return ServiceError("DeleteConflict", message, status=409)


def limit_exceeded(message: str) -> ServiceError:
    """Return a 409 for a quota that is used up."""
    return ServiceError("LimitExceeded", message, status=409)


def malformed(message: str) -> ServiceError:
    """Return a 400 for a policy document that IAM does not take."""
    return ServiceError("MalformedPolicyDocument", message, status=400)


def invalid_input(message: str) -> ServiceError:
    """Return a 400 for a value that IAM does not take."""
    return ServiceError("InvalidInput", message, status=400)


def unmodifiable(role_name: str) -> ServiceError:
    """Return a 400 for a role that only AWS changes."""
    return ServiceError(
        "UnmodifiableEntity",
        f"Cannot perform the operation on the protected role '{role_name}'"
        " - this role is only modifiable by AWS",
        status=400,
    )


def validation_error(message: str) -> ServiceError:
    """Return a 400 for a request that makes no sense as it is."""
    return ServiceError("ValidationError", message, status=400)
