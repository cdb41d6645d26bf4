"""Transforms: what a template is before it is a template.

::

    text ─ parse ─→ document ─ AWS::Include ─→ AWS::LanguageExtensions ─→ AWS::Serverless-2016-10-31 ─→ text

The original stays with the stack; everything else works with the processed one.
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/transform-section-structure.html
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import msgspec

from hatoba.cloud.cloudformation.act.source import object_text
from hatoba.cloud.cloudformation.errors import Invalid
from hatoba.cloud.cloudformation.template.extensions import extend, used_without
from hatoba.cloud.cloudformation.template.parse import parse
from hatoba.cloud.cloudformation.template.values import as_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hatoba.cloud.cloudformation.template import Evaluator, Template, Value
    from hatoba.cloud.wire import Call
    from hatoba.cloud.world import World

INCLUDE = "AWS::Include"
EXTENSIONS = "AWS::LanguageExtensions"
SERVERLESS = "AWS::Serverless-2016-10-31"
KNOWN = (INCLUDE, EXTENSIONS, SERVERLESS)


class _Session(msgspec.Struct, frozen=True):
    """All that the translator asks of a boto3 session."""

    region_name: str


class Transforms:
    """Carries out the transforms that a template names."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._translating = asyncio.Lock()  # the translator keeps the region in a class variable

    async def processed(
        self, call: Call, source: Template, evaluator: Evaluator, values: Mapping[str, str]
    ) -> str | None:
        """Return the text of the processed template; None where there is nothing to process.

        Args:
            call: The request's call.
            source: The template as it was submitted.
            evaluator: Of the source: what parameters, mappings and conditions come to.
            values: Text per parameter.

        Raises:
            Invalid: A transform is unknown, missing, or refuses the template.
        """
        names = source.transforms
        unknown = [name for name in names if name not in KNOWN]
        if unknown:
            raise Invalid(f"No transform named {call.scope.account}::{unknown[0]} found.")
        included = _names_include(source.document)
        if EXTENSIONS not in names:
            for function in used_without(source.document):
                raise Invalid(f"Template error: {function} needs the transform {EXTENSIONS}.")
        if not names and not included:
            return None
        document = source.document
        if included:
            document = await self._include(call, document, evaluator)
        if EXTENSIONS in names:
            document = extend(document, evaluator.value)
        if SERVERLESS in names:
            async with self._translating:
                document = await asyncio.to_thread(_translate, document, values, call.scope.region)
        return json.dumps({name: body for name, body in document.items() if name != "Transform"}, indent=2)

    async def _include(self, call: Call, value: Value, evaluator: Evaluator) -> Value:
        """Put what lies in S3 beside what includes it."""
        if isinstance(value, list):
            return [await self._include(call, item, evaluator) for item in value]
        if not isinstance(value, dict):
            return value
        result: dict[str, Value] = {}
        for name, body in value.items():
            for inclusion in _inclusions(name, body):
                result.update(await self._snippet(call, inclusion, evaluator))
            if name != "Fn::Transform":
                result[name] = await self._include(call, body, evaluator)
        return result

    async def _snippet(
        self, call: Call, inclusion: Mapping[str, Value], evaluator: Evaluator
    ) -> dict[str, Value]:
        location = as_text(evaluator.value((inclusion.get("Parameters") or {}).get("Location", "")))
        bucket, _, key = location.removeprefix("s3://").partition("/")
        if not location.startswith("s3://") or not bucket or not key:
            raise Invalid(
                f"Transform {INCLUDE} failed with: The location parameter is not a valid S3 uri: {location}"
            )
        try:
            return parse(await object_text(self._world, call, bucket, key))
        except Invalid as error:
            raise Invalid(f"Transform {INCLUDE} failed with: {error.message}") from error


def _inclusions(name: str, body: Value) -> list[Mapping[str, Value]]:
    """Return what a member includes: ``Fn::Transform`` anywhere, or the section Transform.

    Raises:
        Invalid: ``Fn::Transform`` names another macro.
    """
    if name == "Transform":
        named = body if isinstance(body, list) else [body]
        return [item for item in named if isinstance(item, dict) and item.get("Name") == INCLUDE]
    if name != "Fn::Transform":
        return []
    if not isinstance(body, dict) or body.get("Name") != INCLUDE:
        name = as_text(body.get("Name")) if isinstance(body, dict) else as_text(body)
        raise Invalid(f"Fn::Transform {name} is not implemented by hatoba's local cloud; {INCLUDE} is.")
    return [body]


def _names_include(value: Value) -> bool:
    if isinstance(value, list):
        return any(map(_names_include, value))
    if not isinstance(value, dict):
        return False
    return any(_inclusions(name, body) or _names_include(body) for name, body in value.items())


def _translate(document: dict[str, Value], parameters: Mapping[str, Value], region: str) -> dict[str, Value]:
    """Let the translator that AWS publishes expand the types ``AWS::Serverless::…``.

    https://github.com/aws/serverless-application-model
    """
    from samtranslator.model.exceptions import InvalidDocumentException
    from samtranslator.parser.parser import Parser
    from samtranslator.translator.translator import Translator
    from samtranslator.utils.py27hash_fix import (
        to_py27_compatible_template,
        undo_mark_unicode_str_in_template,
    )

    own, values = json.loads(json.dumps(document)), dict(parameters)
    to_py27_compatible_template(own, values)
    translator = Translator({}, Parser(), boto_session=_Session(region))
    try:
        translated: dict[str, Value] = undo_mark_unicode_str_in_template(translator.translate(own, values))
    except InvalidDocumentException as error:
        causes = " ".join(str(cause.message) for cause in error.causes)
        raise Invalid(f"Transform {SERVERLESS} failed with: {error.message} {causes}".rstrip()) from error
    return translated
