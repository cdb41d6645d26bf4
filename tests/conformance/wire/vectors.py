"""botocore's protocol test vectors, read for a server: what a client sends is what we must understand."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from botocore.model import ListShape, MapShape, OperationModel, ServiceModel, Shape, StructureShape

from hatoba.cloud.wire.http import HttpRequest

FOLDER = Path(__file__).parents[2] / "vectors" / "botocore"
FILES = ("ec2", "json", "json_1_0", "query", "rest-json", "smithy-rpc-v2-cbor")

_WORDS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


@dataclass(frozen=True)
class Vector:
    """One case of one suite."""

    file: str
    suite: Mapping[str, Any]
    case: Mapping[str, Any]

    @property
    def id(self) -> str:
        return f"{self.file}-{self.case['id']}"

    @property
    def operation(self) -> OperationModel:
        """The case's operation, in a service model of its own."""
        given = self.case["given"]
        description = {
            "metadata": {"endpointPrefix": "vectors", **self.suite["metadata"]},
            "shapes": self.suite["shapes"],
            "operations": {given["name"]: given},
        }
        return ServiceModel(description, self.id).operation_model(given["name"])

    @property
    def is_cbor(self) -> bool:
        return self.file == "smithy-rpc-v2-cbor"

    def request(self) -> HttpRequest:
        """The case's request as the client sends it."""
        wanted = self.case["serialized"]
        body: str = wanted.get("body", "")
        raw = base64.b64decode(body) if self.is_cbor else body.encode()
        path, _, query = wanted["uri"].partition("?")
        headers = {name.lower(): value for name, value in wanted.get("headers", {}).items()}
        return HttpRequest(wanted.get("method", "POST"), path, query, headers, raw)


def vectors(direction: str) -> Iterator[Vector]:
    """Read the cases of ``input`` or ``output``."""
    for file in FILES:
        for suite in json.loads((FOLDER / direction / f"{file}.json").read_text()):
            for case in suite["cases"]:
                yield Vector(file, suite, case)


def as_python(shape: Shape, value: Any) -> Any:
    """Return a vector's value as an operation gives it: its timestamps are numbers, its bytes text."""
    if value is None:
        return None
    if isinstance(shape, StructureShape) and not shape.is_document_type:
        return {name: as_python(shape.members[name], item) for name, item in value.items()}
    if isinstance(shape, ListShape):
        return [as_python(shape.member, item) for item in value]
    if isinstance(shape, MapShape):
        return {key: as_python(shape.value, item) for key, item in value.items()}
    return _leaf_as_python(shape, value)


def _leaf_as_python(shape: Shape, value: Any) -> Any:
    match shape.type_name:
        case "timestamp":
            return datetime.fromtimestamp(value, UTC)
        case "blob" if isinstance(value, str):
            return value.encode()
        case "float" | "double":
            return _WORDS[value] if isinstance(value, str) else float(value)
        case _:
            return value


def as_vector(value: Any) -> Any:
    """Return a value of ours, or of botocore's parsers, as the vectors write it."""
    if isinstance(value, Mapping):
        return {name: as_vector(item) for name, item in value.items()}
    if isinstance(value, list):
        return [as_vector(item) for item in value]
    if isinstance(value, datetime):
        return value.timestamp()
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, float) and not math.isfinite(value):
        return next(word for word, number in _WORDS.items() if repr(number) == repr(value))
    return value
