"""Raw resources: each in a stack of its own that Terraform manages, so CloudFormation's words stay exact.

::

    Raw ──→ local NAME_template (readable) ──→ aws_cloudformation_stack ──outputs──→ whoever refers to it

There is no table from every type and property of CloudFormation to Terraform's; a guess would make another
resource than the definition's. The stack's template holds the resource alone: what its properties refer to is
filled in by Terraform, and what others want of it is an output.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from hatoba.plan.terms import references
from hatoba.render.terraform.writer import nothing, output_of

if TYPE_CHECKING:
    from hatoba.plan import resources as aws
    from hatoba.render.terraform.writer import Body, Scribe, Special

FORMAT_VERSION = "2010-09-09"
_HERE = frozenset({"AWS::Region", "AWS::AccountId", "AWS::Partition", "AWS::URLSuffix", "AWS::NoValue"})
"""What means the same in every stack of an account's region."""
_ELSEWHERE = frozenset({"Fn::GetAtt", "Fn::If", "Fn::FindInMap", "Condition"})
"""Functions that look at the rest of a template."""
_IN_SUB = re.compile(r"\$\{([^!}][^}]*)\}")


def stack(scribe: Scribe, resource: aws.Raw, kind: str) -> Body:
    """The stack of one raw resource."""
    for what in _looks_elsewhere(resource.properties):
        scribe.refuse(resource, f"{what} in its properties looks at the rest of the template")
    template: Body = {"Type": kind, "Properties": scribe.value(resource.properties, resource)}
    if resource.deletion_policy:
        template["DeletionPolicy"] = resource.deletion_policy
        template["UpdateReplacePolicy"] = resource.deletion_policy.removesuffix("ExceptOnCreate")
    name = f"{scribe.labels[resource.id]}_template"
    scribe.locals[name] = {
        "AWSTemplateFormatVersion": FORMAT_VERSION,
        "Resources": {resource.id: template},
        "Outputs": {
            output_of(attribute): {"Value": _output(resource.id, attribute)}
            for attribute in _wanted(scribe, resource)
        },
    }
    written: Body = {
        "name": f"{scribe.system}-{resource.id}",
        "template_body": f"${{jsonencode(local.{name})}}",
    }
    return written | ({"capabilities": ["CAPABILITY_NAMED_IAM"]} if kind.startswith("AWS::IAM::") else {})


def _wanted(scribe: Scribe, resource: aws.Raw) -> Iterator[str | None]:
    everything = (*scribe.resources.values(), *scribe.outputs)
    found = {each.attribute for each in references(everything) if each.id == resource.id}
    # A stack shows one thing at least: what it made.
    yield from sorted(found | {None}, key=lambda attribute: attribute or "")


def _output(logical_id: str, attribute: str | None) -> Body:
    return (
        {"Ref": logical_id} if attribute is None else {"Fn::GetAtt": [logical_id, *attribute.split(".", 1)]}
    )


def _looks_elsewhere(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, member in value.items():
            if key in _ELSEWHERE and len(value) == 1:
                yield key
            elif key == "Ref" and len(value) == 1:
                yield from () if member in _HERE else (f"Ref of {member}",)
            elif key == "Fn::Sub":
                text = member if isinstance(member, str) else str(member)
                yield from (f"${{{name}}}" for name in _IN_SUB.findall(text) if name not in _HERE)
            else:
                yield from _looks_elsewhere(member)
    elif isinstance(value, (tuple, list)):
        for member in value:
            yield from _looks_elsewhere(member)


SAID: Mapping[str, Special] = {"properties": nothing, "deletion_policy": nothing}
"""Fields that :func:`stack` has read."""
