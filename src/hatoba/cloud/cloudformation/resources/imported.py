"""Bringing an HTTP API to what its OpenAPI definition says: authorizers, then integrations and routes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hatoba.cloud.cloudformation.resources.openapi import Definition, Operation
    from hatoba.cloud.cloudformation.resources.protocol import Context

SERVICE = "apigatewayv2"


class Imported:
    """The parts of one API that its definition made. What it does not name is left alone."""

    def __init__(self, context: Context, api_id: str) -> None:
        self._context = context
        self._api_id = api_id

    async def reach(self, definition: Definition) -> None:
        """Make and change parts until they are as defined; run again, it goes on where it was left."""
        authorizers = await self._reach_authorizers(definition)
        routes = await self._by_name("GetRoutes", "RouteKey")
        for operation in definition.operations:
            await self._reach_route(operation, routes.get(operation.route_key), authorizers)

    async def leave(self, old: Definition, new: Definition | None) -> None:
        """Delete what the old definition named and the new one does not."""
        kept = {item.route_key for item in new.operations} if new else set()
        routes = await self._by_name("GetRoutes", "RouteKey")
        for operation in old.operations:
            route = routes.get(operation.route_key)
            if route is None or operation.route_key in kept:
                continue
            await self._call("DeleteRoute", RouteId=route["RouteId"])
            if operation.integration is not None and route.get("Target"):
                await self._call("DeleteIntegration", IntegrationId=_integration_id(route))
        authorizers = await self._by_name("GetAuthorizers", "Name")
        for name in old.authorizers:
            if name in authorizers and (new is None or name not in new.authorizers):
                await self._call("DeleteAuthorizer", AuthorizerId=authorizers[name]["AuthorizerId"])

    async def _call(self, verb: str, **params: Any) -> Mapping[str, Any]:
        return await self._context.invoke(SERVICE, verb, {"ApiId": self._api_id, **params})

    async def _by_name(self, operation: str, member: str) -> dict[str, Mapping[str, Any]]:
        found: dict[str, Mapping[str, Any]] = {}
        token: dict[str, str] = {}
        while True:
            answer = await self._call(operation, **token)
            found.update({item[member]: item for item in answer.get("Items") or ()})
            if not answer.get("NextToken"):
                return found
            token = {"NextToken": answer["NextToken"]}

    async def _reach_authorizers(self, definition: Definition) -> dict[str, str]:
        present = await self._by_name("GetAuthorizers", "Name")
        ids: dict[str, str] = {}
        for name, params in definition.authorizers.items():
            if name in present:
                ids[name] = present[name]["AuthorizerId"]
                await self._call("UpdateAuthorizer", AuthorizerId=ids[name], **params)
            else:
                ids[name] = (await self._call("CreateAuthorizer", **params))["AuthorizerId"]
        return ids

    async def _reach_route(
        self, operation: Operation, present: Mapping[str, Any] | None, authorizers: Mapping[str, str]
    ) -> None:
        params: dict[str, Any] = {"RouteKey": operation.route_key, "AuthorizationType": "NONE"}
        if operation.authorizer is not None:
            params["AuthorizationType"] = "JWT"
            params["AuthorizerId"] = authorizers[operation.authorizer]
            params["AuthorizationScopes"] = list(operation.scopes)
        if operation.integration is not None:
            params["Target"] = f"integrations/{await self._reach_integration(operation.integration, present)}"
        if present is None:
            await self._call("CreateRoute", **params)
        else:
            await self._call("UpdateRoute", RouteId=present["RouteId"], **params)

    async def _reach_integration(self, params: Mapping[str, Any], route: Mapping[str, Any] | None) -> str:
        if route is not None and route.get("Target"):
            integration_id = _integration_id(route)
            await self._call("UpdateIntegration", IntegrationId=integration_id, **params)
            return integration_id
        return str((await self._call("CreateIntegration", **params))["IntegrationId"])


def _integration_id(route: Mapping[str, Any]) -> str:
    return str(route["Target"]).rpartition("/")[2]
