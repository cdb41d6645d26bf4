"""Reading what traffic enters by: API Gateway, Cloud Map, and Logs."""

# ruff: noqa: ARG001 - one signature for all readers
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hatoba.cloud.cloudformation.resources.readers.common import ask, listed

if TYPE_CHECKING:
    from hatoba.cloud.cloudformation.resources.protocol import Context, Properties
    from hatoba.cloud.cloudformation.resources.readers import Reader

NO_PART = frozenset({"NotFoundException"})
NO_NAMESPACE = frozenset({"NamespaceNotFound"})
NO_SERVICE = frozenset({"ServiceNotFound"})


def part(noun: str, id_member: str) -> Reader:
    """Return the reader of one noun of API Gateway."""

    async def read(context: Context, physical_id: str, properties: Properties) -> dict[str, Any] | None:
        address = {"ApiId": properties["ApiId"]} if "ApiId" in properties else {}
        found = await ask(
            context, "apigatewayv2", f"Get{noun}", NO_PART, **{**address, id_member: physical_id}
        )
        if found is None:
            return None
        if noun == "Integration" and "ResponseParameters" in found:
            found["ResponseParameters"] = {
                status: {
                    "ResponseParameters": [{"Destination": to, "Source": text} for to, text in each.items()]
                }
                for status, each in found["ResponseParameters"].items()
            }
        return {**found, **address}

    return read


async def log_group(context: Context, physical_id: str, properties: Properties) -> dict[str, Any] | None:
    """Read a log group."""
    found = await ask(context, "logs", "DescribeLogGroups", frozenset(), logGroupNamePrefix=physical_id) or {}
    groups = found.get("LogGroups") or ()
    group: dict[str, Any] | None = next((g for g in groups if g["LogGroupName"] == physical_id), None)
    if group is None:
        return None
    arn = f"arn:aws:logs:{context.scope.region}:{context.scope.account}:log-group:{physical_id}"
    tags = await context.invoke("logs", "ListTagsForResource", {"resourceArn": arn})
    return {"LogGroupClass": "STANDARD", **group, "Tags": listed(tags.get("tags") or {})}


async def namespace(context: Context, physical_id: str, properties: Properties) -> dict[str, Any] | None:
    """Read a namespace."""
    found = await ask(context, "servicediscovery", "GetNamespace", NO_NAMESPACE, Id=physical_id)
    return None if found is None else await _with_tags(context, found["Namespace"])


async def service(context: Context, physical_id: str, properties: Properties) -> dict[str, Any] | None:
    """Read a Cloud Map service."""
    found = await ask(context, "servicediscovery", "GetService", NO_SERVICE, Id=physical_id)
    return None if found is None else await _with_tags(context, found["Service"])


async def _with_tags(context: Context, found: dict[str, Any]) -> dict[str, Any]:
    answer = await context.invoke("servicediscovery", "ListTagsForResource", {"ResourceARN": found["Arn"]})
    return {**found, "Tags": list(answer.get("Tags") or ())}
