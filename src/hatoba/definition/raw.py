"""The door for what hatoba has no construct for: any resource of CloudFormation, as it stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY
from typing import Any, ClassVar, Literal

from pydantic import Field

from hatoba.definition.construct import Construct, construct
from hatoba.definition.values import Attribute


@construct
class Raw(Construct):
    """A resource in CloudFormation's own words: ``Raw("Orders", "AWS::DynamoDB::Table", {"KeySchema": …})``.

    ``name`` is its logical id. Properties are carried into the template as they stand, but inputs,
    attributes and joined text in them become references. It belongs to the system as soon as one of its
    attributes is used, or when it is among ``System(resources=…)``.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html
    """

    COMES_ALONG: ClassVar[bool] = True

    name: str
    type: str
    properties: Mapping[str, Any] = Field(default_factory=dict)
    _: KW_ONLY
    depends_on: Sequence[Construct] = ()
    deletion_policy: Literal["Delete", "Retain", "RetainExceptOnCreate", "Snapshot"] | None = None

    @property
    def ref(self) -> Attribute:
        """What ``Ref`` gives: the resource's identity."""
        return Attribute(self, "ref")

    def get(self, attribute: str) -> Attribute:
        """What ``Fn::GetAtt`` gives, such as ``table.get("Arn")``."""
        return Attribute(self, attribute)
