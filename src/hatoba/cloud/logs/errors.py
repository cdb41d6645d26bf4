"""The errors of CloudWatch Logs, in AWS's words where they are known."""

from __future__ import annotations

from hatoba.cloud.wire import ServiceError


def no_group() -> ServiceError:
    """The group is not there."""
    return ServiceError("ResourceNotFoundException", "The specified log group does not exist.")


def no_stream() -> ServiceError:
    """The stream is not there."""
    return ServiceError("ResourceNotFoundException", "The specified log stream does not exist.")


def no_filter(kind: str) -> ServiceError:
    """The metric or subscription filter is not there."""
    return ServiceError("ResourceNotFoundException", f"The specified {kind} filter does not exist.")


def no_policy(name: str) -> ServiceError:
    """The resource policy is not there."""
    return ServiceError("ResourceNotFoundException", f"Policy with name [{name}] does not exist")


def exists(what: str) -> ServiceError:
    """A group or stream of that name is there already."""
    return ServiceError("ResourceAlreadyExistsException", f"The specified {what} already exists")


def invalid(message: str) -> ServiceError:
    """A parameter, or two together, cannot be."""
    return ServiceError("InvalidParameterException", message)


def over_limit(message: str = "Resource limit exceeded.") -> ServiceError:
    """One more than AWS allows."""
    return ServiceError("LimitExceededException", message)
