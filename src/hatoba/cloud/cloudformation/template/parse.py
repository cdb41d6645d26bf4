"""Template text to a plain document: JSON, or YAML with CloudFormation's short tags.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-formats.html
"""

from __future__ import annotations

import json
import re
from functools import cache
from typing import TYPE_CHECKING

from hatoba.cloud.cloudformation.errors import Invalid

if TYPE_CHECKING:
    import yaml

    from hatoba.cloud.cloudformation.template.values import Value

_WHOLE_NUMBER = re.compile(r"^[-+]?(?:0|[1-9][0-9]*)$")
_KEPT_AS_TEXT = {"tag:yaml.org,2002:float", "tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:int"}


def parse(text: str) -> dict[str, Value]:
    """Return the document of a template.

    Numbers with a point and dates stay text: CloudFormation gives them to properties as written.

    Raises:
        Invalid: The text is neither JSON nor YAML, or is no mapping.
    """
    document = _parse_json(text) if text.lstrip().startswith("{") else _parse_yaml(text)
    if not isinstance(document, dict):
        raise Invalid("Template format error: unsupported structure.")
    return document


def _parse_json(text: str) -> Value:
    try:
        return json.loads(text, parse_float=str)
    except json.JSONDecodeError as error:
        try:
            return _load_yaml(text)  # a YAML flow mapping may begin with a brace too, such as { Ref: X }
        except Invalid:
            raise Invalid(
                f"Template format error: JSON not well-formed. (line {error.lineno}, column {error.colno})"
            ) from error


def _parse_yaml(text: str) -> Value:
    return _load_yaml(text)


def _load_yaml(text: str) -> Value:
    import yaml

    try:
        if "&" in text and any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, _loader())):
            raise Invalid("Template format error: YAML aliases are not allowed in CloudFormation templates")
        return yaml.load(text, Loader=_loader())  # noqa: S506 - a safe loader, with CloudFormation's tags
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f" (line {mark.line + 1}, column {mark.column + 1})" if mark else ""
        raise Invalid(f"Template format error: YAML not well-formed.{place}") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise Invalid("Template format error: YAML not well-formed.") from error


@cache
def _loader() -> type[yaml.SafeLoader]:
    import yaml

    fastest: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

    class TemplateLoader(fastest):  # type: ignore[misc,valid-type]  # libyaml's loader where it is built in
        """YAML as CloudFormation reads it."""

        def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[str, Value]:  # noqa: ARG002, FBT001, FBT002 - PyYAML's signature
            """Keep keys as written: a condition may be called ``Yes``."""
            return {key.value: self.construct_object(value, deep=True) for key, value in node.value}

    TemplateLoader.yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag not in _KEPT_AS_TEXT]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    TemplateLoader.add_implicit_resolver("tag:yaml.org,2002:int", _WHOLE_NUMBER, list("-+0123456789"))
    TemplateLoader.add_multi_constructor("!", _short_tag)
    return TemplateLoader


def _short_tag(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> Value:
    """Turn ``!Sub x`` into ``{"Fn::Sub": "x"}``; Ref and Condition have no prefix, GetAtt splits its text."""
    import yaml

    if isinstance(node, yaml.ScalarNode):
        # !Sub 8080 is text, !Select gives no scalar: the tag takes the place of the implicit type
        value: Value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        assert isinstance(node, yaml.MappingNode)
        value = loader.construct_mapping(node, deep=True)
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}": value}
