"""What a template may only do when its user said so.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hatoba.cloud.wire import ServiceError

if TYPE_CHECKING:
    from hatoba.cloud.cloudformation.template import Template

_NAMES = {
    "AWS::IAM::AccessKey": None,
    "AWS::IAM::Group": "GroupName",
    "AWS::IAM::InstanceProfile": "InstanceProfileName",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::IAM::Policy": None,
    "AWS::IAM::Role": "RoleName",
    "AWS::IAM::RolePolicy": None,
    "AWS::IAM::User": "UserName",
    "AWS::IAM::UserToGroupAddition": None,
}
"""Types that need a capability, and the property that names one."""


def needed(template: Template) -> tuple[str | None, str | None]:
    """Return the capability that the template needs, and why; None where it needs none."""
    found = [item for item in template.resources.values() if item.type in _NAMES]
    if not found:
        return None, None
    types = ", ".join(sorted({item.type for item in found}))
    named = any(_NAMES[item.type] in item.properties for item in found)
    capability = "CAPABILITY_NAMED_IAM" if named else "CAPABILITY_IAM"
    return capability, f"The following resource(s) require capabilities: [{types}]"


AUTO_EXPAND = "CAPABILITY_AUTO_EXPAND"


def require(template: Template, given: tuple[str, ...], *, has_macros: bool = False) -> None:
    """Check that the user gave what the template needs.

    Args:
        template: As processed.
        given: The request's capabilities.
        has_macros: It was processed by transforms, and nobody sees the outcome before it is carried out.

    Raises:
        ServiceError: InsufficientCapabilitiesException.
    """
    capability, _ = needed(template)
    missing: list[str] = []
    if capability is not None and capability not in given and "CAPABILITY_NAMED_IAM" not in given:
        missing.append(capability)
    if has_macros and AUTO_EXPAND not in given:
        missing.append(AUTO_EXPAND)
    if missing:
        raise ServiceError(
            "InsufficientCapabilitiesException",
            f"Requires capabilities : [{', '.join(missing)}]",
            status=400,
        )
