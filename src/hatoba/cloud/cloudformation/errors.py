"""Errors of CloudFormation.

::

    ServiceError
    └── Invalid              the request or its template is wrong: ValidationError, HTTP 400

    ResourceFailure          one resource could not be made, changed or deleted; fails the stack
    └── PropertyFault        its properties do not fit the type's schema; found before any call
"""

from __future__ import annotations

from hatoba.cloud.wire import ServiceError


class Invalid(ServiceError):
    """The request or its template is refused before anything is done."""

    def __init__(self, message: str) -> None:
        super().__init__("ValidationError", message, status=400)


class ResourceFailure(Exception):
    """A resource failed; the text becomes the status reason of the resource.

    Args:
        reason: What AWS would show as ResourceStatusReason.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class PropertyFault(ResourceFailure):
    """A property is unknown, missing or of the wrong type.

    Args:
        where: A JSON pointer into the properties, such as ``#/ContainerDefinitions/0``.
        what: Such as ``extraneous key [Nmae] is not permitted``.
    """

    def __init__(self, where: str, what: str) -> None:
        super().__init__(f"{where}: {what}")

    def of(self, logical_id: str) -> ResourceFailure:
        """Return the fault as the resource's status reason, in AWS's words."""
        return ResourceFailure(
            f"Properties validation failed for resource {logical_id} with message:\n{self.reason}"
        )


def no_such_stack_id(name: str) -> Invalid:
    """What DescribeStacks and GetTemplate say of an unknown stack; CDK matches it exactly."""
    return Invalid(f"Stack with id {name} does not exist")


def no_such_stack(name: str) -> Invalid:
    """What the other operations say of an unknown stack."""
    return Invalid(f"Stack [{name}] does not exist")
