"""Custom resources: refused before anything is done, as nothing runs behind them here. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hatoba.cloud.cloudformation.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hatoba.cloud.cloudformation.template import Resource

CUSTOM = ("AWS::CloudFormation::CustomResource", "Custom::")
"""How their types begin."""

OPTIONS = {
    "Custom::VpcRestrictDefaultSG": "restrictDefaultSecurityGroup: false of CDK's ec2.Vpc",
    "Custom::S3AutoDeleteObjects": "no autoDeleteObjects of CDK's s3.Bucket",
    "Custom::LogRetention": "logGroup instead of logRetention in CDK",
    "Custom::ECRAutoDeleteImages": "emptyOnDelete instead of autoDeleteImages of CDK's ecr.Repository",
}
"""By which option the constructs that are known for it do without."""


def refuse_custom_resources(resources: Iterable[Resource]) -> None:
    """Refuse a template that has any.

    Raises:
        Invalid: It names them, and what to do without them.
    """
    found = [item for item in resources if item.type.startswith(CUSTOM)]
    if not found:
        return
    named = ", ".join(f"{item.logical_id} ({item.type})" for item in found)
    options = [OPTIONS[kind] for kind in sorted({item.type for item in found}) if kind in OPTIONS]
    raise Invalid(
        f"Template error: custom resources are not implemented by hatoba's local cloud: [{named}]. They call"
        " a Lambda function or an SNS topic, and none runs here. Leave them out by a Condition that is false"
        f" here, or by an option of the construct that writes them{': ' if options else '.'}"
        f"{', '.join(options)}"
    )
