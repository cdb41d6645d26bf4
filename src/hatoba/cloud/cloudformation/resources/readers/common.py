"""What the readers share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hatoba.cloud.cloudformation.resources.convert import to_properties
from hatoba.cloud.wire import ServiceError
from hatoba.cloud.wire.models import operation_model

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from hatoba.cloud.cloudformation.resources.protocol import Context


async def ask(
    context: Context, service: str, operation: str, gone: frozenset[str], **params: Any
) -> dict[str, Any] | None:
    """Call a reading operation; return its output in a template's words, None where the thing is gone."""
    try:
        answer = await context.invoke(service, operation, params)
    except ServiceError as error:
        if error.code in gone:
            return None
        raise
    shape = operation_model(service, operation).output_shape
    assert shape is not None
    properties: dict[str, Any] = to_properties(shape, answer)
    return properties


def renamed(properties: Mapping[str, Any], **names: str) -> dict[str, Any]:
    """Return the properties with those named otherwise by the service under the template's names."""
    return {names.get(name, name): value for name, value in properties.items()}


def listed(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Return tags as a template lists them."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def first(items: Iterable[Any] | None) -> Any:
    """Return the first item, or None."""
    return next(iter(items or ()), None)
