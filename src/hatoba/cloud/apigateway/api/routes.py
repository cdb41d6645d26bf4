"""Operations on routes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from hatoba.cloud.apigateway.api.paging import answer_page
from hatoba.cloud.apigateway.control.common import refuse_members
from hatoba.cloud.apigateway.control.routes import check_route
from hatoba.cloud.apigateway.deploy import auto_deploy
from hatoba.cloud.apigateway.errors import bad_request, not_found
from hatoba.cloud.apigateway.model import Route
from hatoba.cloud.apigateway.store import new_id

if TYPE_CHECKING:
    from types_boto3_apigatewayv2.type_defs import (
        CreateRouteRequestTypeDef,
        DeleteRouteRequestParameterRequestTypeDef,
        DeleteRouteRequestTypeDef,
        GetRouteRequestTypeDef,
        GetRoutesRequestTypeDef,
        UpdateRouteRequestTypeDef,
    )

    from hatoba.cloud.apigateway.store import Store
    from hatoba.cloud.wire import Call, Operations, Result

_NOT_HERE = (
    "ApiKeyRequired",
    "ModelSelectionExpression",
    "RequestModels",
    "RequestParameters",
    "RouteResponseSelectionExpression",
)


class Routes:
    """The operations on routes."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def register(self, operations: Operations) -> None:
        """Answer these operations."""
        operations.add("CreateRoute", self.create)
        operations.add("GetRoute", self.get)
        operations.add("GetRoutes", self.list)
        operations.add("UpdateRoute", self.update)
        operations.add("DeleteRoute", self.delete)
        operations.add("DeleteRouteRequestParameter", self.delete_request_parameter)

    def create(self, call: Call, request: CreateRouteRequestTypeDef) -> Result:
        """Make a route."""
        api = self._store.get_api(call.scope, request["ApiId"])
        route_id = new_id(7, lambda taken: self._store.routes.get(call.scope, f"{api.api_id}/{taken}"))
        return self._keep(call, Route(api.api_id, route_id), request)

    def get(self, call: Call, request: GetRouteRequestTypeDef) -> Result:
        """Describe a route."""
        return describe(self._store.get_route(call.scope, request["ApiId"], request["RouteId"]))

    def list(self, call: Call, request: GetRoutesRequestTypeDef) -> Result:
        """Describe an API's routes."""
        api = self._store.get_api(call.scope, request["ApiId"])
        return answer_page(request, self._store.routes.list(call.scope, f"{api.api_id}/"), describe)

    def update(self, call: Call, request: UpdateRouteRequestTypeDef) -> Result:
        """Change the members sent. An authorizer is taken away by authorization type NONE only."""
        route = self._store.get_route(call.scope, request["ApiId"], request["RouteId"])
        if route.managed and request.get("RouteKey", route.route_key) != route.route_key:
            raise bad_request(
                "The route key of a route that quick create made cannot be modified here."
                " Use UpdateApi with RouteKey."
            )
        return self._keep(call, route, request)

    def delete(self, call: Call, request: DeleteRouteRequestTypeDef) -> Result:
        """Remove a route."""
        route = self._store.get_route(call.scope, request["ApiId"], request["RouteId"])
        self._store.routes.delete(call.scope, route.key)
        auto_deploy(self._store, call.scope, route.api_id, call.now)
        return {}

    def delete_request_parameter(
        self, call: Call, request: DeleteRouteRequestParameterRequestTypeDef
    ) -> Result:
        """Remove a request parameter, of which a route of an HTTP API has none."""
        self._store.get_route(call.scope, request["ApiId"], request["RouteId"])
        raise not_found("RequestParameter", request["RequestParameterKey"])

    def _keep(
        self, call: Call, old: Route, request: CreateRouteRequestTypeDef | UpdateRouteRequestTypeDef
    ) -> Result:
        refuse_members(request, _NOT_HERE, "it is supported only for WebSocket APIs")
        scopes = request.get("AuthorizationScopes")
        route = replace(
            old,
            route_key=request.get("RouteKey", old.route_key),
            target=request.get("Target", old.target) or None,
            authorization_type=request.get("AuthorizationType", old.authorization_type),
            authorizer_id=request.get("AuthorizerId", old.authorizer_id) or None,
            authorization_scopes=old.authorization_scopes if scopes is None else tuple(scopes),
            operation_name=request.get("OperationName", old.operation_name) or None,
        )
        if route.authorization_type == "NONE":
            route = replace(route, authorizer_id=None)
        api = self._store.get_api(call.scope, old.api_id)
        there = self._store.configuration_of(call.scope, api)
        check_route(route, there.routes, there.integrations, there.authorizers)
        self._store.routes.put(call.scope, route)
        auto_deploy(self._store, call.scope, api.api_id, call.now)
        return describe(route)


def describe(route: Route) -> Result:
    """Return a route's members."""
    return {
        "ApiGatewayManaged": True if route.managed else None,
        "ApiKeyRequired": False,
        "AuthorizationScopes": None if route.authorization_scopes is None else [*route.authorization_scopes],
        "AuthorizationType": route.authorization_type,
        "AuthorizerId": route.authorizer_id,
        "OperationName": route.operation_name,
        "RouteId": route.route_id,
        "RouteKey": route.route_key,
        "Target": route.target,
    }
