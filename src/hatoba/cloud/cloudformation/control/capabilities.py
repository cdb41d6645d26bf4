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


def require(template: Template, given: tuple[str, ...]) -> None:
    """Check that the user gave what the template needs.

    Raises:
        ServiceError: InsufficientCapabilitiesException.
    """
    capability, _ = needed(template)
    if capability is None or capability in given or "CAPABILITY_NAMED_IAM" in given:
        return
    raise ServiceError(
        "InsufficientCapabilitiesException", f"Requires capabilities : [{capability}]", status=400
    )
