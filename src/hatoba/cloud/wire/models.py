"""The door to botocore's service models: the shapes, errors and protocols that AWS publishes."""

from __future__ import annotations

import gzip
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from botocore.exceptions import UnknownServiceError
from botocore.loaders import JSONFileLoader, Loader
from botocore.model import OperationNotFoundError, ServiceModel
from botocore.validate import ParamValidator

from hatoba.cloud.wire.directory import BY_SERVICE
from hatoba.cloud.wire.errors import UnknownOperation, ValidationError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botocore.model import OperationModel, StructureShape


class _Packed(dict[str, Any]):
    """Descriptions of shapes or operations by name, each as JSON until it is asked for: few ever are."""

    def __getitem__(self, name: str) -> Any:
        found = super().__getitem__(name)
        if isinstance(found, bytes):
            found = self[name] = msgspec.json.decode(found)
        return found


class _ModelFiles(JSONFileLoader):
    """Reads model files without their documentation, and what is described in them when it is asked for.

    The eight services' models take 6 MiB so; with botocore's own reading it is 30 MiB.
    """

    def load_file(self, file_path: str) -> dict[str, Any] | None:
        """Return a file's content, or None where there is no such file."""
        packed, plain = Path(f"{file_path}.json.gz"), Path(f"{file_path}.json")
        if packed.is_file():
            content = gzip.decompress(packed.read_bytes())
        elif plain.is_file():
            content = plain.read_bytes()
        else:
            return None
        parts = msgspec.json.decode(content, type=dict[str, msgspec.Raw])
        return {
            name: _packed(part) if name in {"operations", "shapes"} else msgspec.json.decode(part)
            for name, part in parts.items()
        }


def _packed(part: msgspec.Raw) -> _Packed:
    descriptions = msgspec.json.decode(part, type=dict[str, msgspec.Raw])
    return _Packed((name, _without_documentation(each)) for name, each in descriptions.items())


def _without_documentation(description: msgspec.Raw) -> bytes:
    described = msgspec.json.decode(description)
    described.pop("documentation", None)
    for member in _members_of(described):
        member.pop("documentation", None)
    return msgspec.json.encode(described)


def _members_of(described: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from described.get("members", {}).values()
    yield from described.get("errors", ())
    for name in ("input", "output", "member", "key", "value"):
        if name in described:
            yield described[name]


_loader = Loader(file_loader=_ModelFiles())
_validator = ParamValidator()


@cache
def service_model(service: str) -> ServiceModel:
    """Return the model of a service by botocore's name for it, such as ``apigatewayv2``."""
    return ServiceModel(_loader.load_service_model(service, "service-2"), service)


def protocol_of_any(service: str) -> str | None:
    """Return the protocol of any AWS service, or None for one that botocore does not know by this name."""
    try:
        protocol: str = service_model(service).metadata["protocol"]
    except UnknownServiceError:
        return None
    return protocol


def operation_model(service: str, operation: str) -> OperationModel:
    """Return the model of an operation.

    Raises:
        UnknownOperation: The service has no operation of that name.
    """
    try:
        return service_model(service).operation_model(operation)
    except OperationNotFoundError as error:
        raise UnknownOperation(service, operation) from error


def check_params(model: OperationModel, params: dict[str, object]) -> None:
    """Check parameters against the input shape, with botocore's own validator.

    Raises:
        ValidationError: With every fault in its message.
    """
    shape = model.input_shape
    if shape is None:
        return
    report = _validator.validate(params, shape)
    if not report.has_errors():
        return
    service = model.service_model.service_name
    if service == "ec2":
        _refuse_as_ec2(shape, params)
    raise ValidationError(report.generate_report(), invalid_code(service))


def _refuse_as_ec2(shape: StructureShape, params: dict[str, object]) -> None:
    """Use EC2's own codes for a parameter that is missing or not known, where it is not a nested one."""
    missing = [name for name in shape.required_members if name not in params]
    if missing:
        raise ValidationError(f"The request must contain the parameter {missing[0]}", "MissingParameter")
    unknown = [name for name in params if name not in shape.members]
    if unknown:
        raise ValidationError(f"The parameter {unknown[0]} is not recognized", "UnknownParameter")


def invalid_code(service: str) -> str:
    """Return the code that a service gives for parameters that do not fit."""
    listing = BY_SERVICE.get(service)
    return listing.invalid if listing is not None else "ValidationException"
