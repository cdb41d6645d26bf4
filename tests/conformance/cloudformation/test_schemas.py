"""What we say of each resource type, against the schemas of CloudFormation's registry in cfn-lint."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import cfnlint
import pytest

from hatoba.cloud.cloudformation.resources.catalogue import HANDLERS
from hatoba.cloud.cloudformation.resources.protocol import Schema

SCHEMAS = Path(cfnlint.__file__).parent / "data" / "schemas"
READ_ONLY_WITHOUT_A_SCHEMA_ENTRY = {
    "AWS::ApiGatewayV2::Stage": {"Id"},
    "AWS::ServiceDiscovery::Service": {"Name"},
}
TYPES = [pytest.param(handler.schema, id=handler.schema.type) for handler in HANDLERS]


@cache
def _files() -> dict[str, str]:
    found: dict[str, str] = json.loads((SCHEMAS / "providers" / "ap-northeast-1.json").read_text())
    return found


def registered(type_name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((SCHEMAS / "resources" / f"{_files()[type_name]}.json").read_text())
    return found


def names(schema: dict[str, Any], member: str) -> set[str]:
    pointers = (pointer.removeprefix("/properties/") for pointer in schema.get(member, ()))
    return {pointer for pointer in pointers if "/" not in pointer}


@pytest.mark.parametrize("schema", TYPES)
def test_every_property_of_the_registry_is_accepted_or_refused_by_name(schema: Schema) -> None:
    known = registered(schema.type)
    settable = set(known["properties"]) - names(known, "readOnlyProperties")
    assert schema.properties | schema.refused == settable
    assert not schema.properties & schema.refused


@pytest.mark.parametrize("schema", TYPES)
def test_replacing_properties_are_those_of_the_registry(schema: Schema) -> None:
    known = registered(schema.type)
    replacing = names(known, "createOnlyProperties") | names(known, "conditionalCreateOnlyProperties")
    assert schema.create_only == replacing & schema.properties


@pytest.mark.parametrize("schema", TYPES)
def test_required_properties_are_those_of_the_registry(schema: Schema) -> None:
    ours_alone = {"AWS::ServiceDiscovery::PrivateDnsNamespace": {"Vpc"}}
    ours_alone["AWS::EC2::SecurityGroupIngress"] = {"GroupId"}
    required = set(registered(schema.type).get("required", ()))
    assert schema.required == required | ours_alone.get(schema.type, set())


@pytest.mark.parametrize("schema", TYPES)
def test_attributes_are_known_to_the_registry(schema: Schema) -> None:
    known = set(registered(schema.type)["properties"])
    assert schema.attributes <= known | READ_ONLY_WITHOUT_A_SCHEMA_ENTRY.get(schema.type, set())
