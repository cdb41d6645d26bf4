"""Operations on APIs, with quick create and CORS."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec.structs import replace

from hatoba.cloud.apigateway.api.paging import answer_page
from hatoba.cloud.apigateway.control.apis import check_api, check_route_selection, read_cors
from hatoba.cloud.apigateway.control.common import check_tags, refuse_members
from hatoba.cloud.apigateway.control.integrations import check_integration
from hatoba.cloud.apigateway.control.routes import DEFAULT_ROUTE_KEY, check_route
from hatoba.cloud.apigateway.deploy import auto_deploy
from hatoba.cloud.apigateway.errors import bad_request
from hatoba.cloud.apigateway.model import (
    DEFAULT_STAGE,
    ROUTE_SELECTION,
    Api,
    Cors,
    Integration,
    QuickCreate,
    Route,
    Stage,
)
from hatoba.cloud.apigateway.store import new_id
from hatoba.cloud.clock import timestamp
from hatoba.cloud.wire import NotImplementedHere

if TYPE_CHECKING:
    from types_boto3_apigatewayv2.type_defs import (
        CreateApiRequestTypeDef,
        DeleteApiRequestTypeDef,
        DeleteCorsConfigurationRequestTypeDef,
        GetApiRequestTypeDef,
        GetApisRequestTypeDef,
        UpdateApiRequestTypeDef,
    )

    from hatoba.cloud.apigateway.store import Store
    from hatoba.cloud.state import Scope
    from hatoba.cloud.wire import Call, Operations, Result

ChoosePort = Callable[[], int]
"""Returns a loopback port that nothing listens on and no API has."""

_NOT_HERE = ("CredentialsArn", "DisableSchemaValidation")
_WHY = "it is for Lambda integrations or WebSocket APIs, which this cloud does not have"


class Apis:
    """The operations on APIs."""

    def __init__(self, store: Store, host: str, choose_port: ChoosePort) -> None:
        self._store = store
        self._host = host
        self._choose_port = choose_port

    def register(self, operations: Operations) -> None:
        """Answer these operations."""
        operations.add("CreateApi", self.create)
        operations.add("GetApi", self.get)
        operations.add("GetApis", self.list)
        operations.add("UpdateApi", self.update)
        operations.add("DeleteApi", self.delete)
        operations.add("DeleteCorsConfiguration", self.delete_cors)

    def create(self, call: Call, request: CreateApiRequestTypeDef) -> Result:
        """Make an API; with ``Target``, its integration, route and ``$default`` stage too."""
        if request["ProtocolType"] != "HTTP":
            raise NotImplementedHere(f"An API with protocol type {request['ProtocolType']}")
        refuse_members(request, _NOT_HERE, _WHY)
        check_route_selection(request.get("RouteSelectionExpression"))
        cors = request.get("CorsConfiguration")
        api = Api(
            api_id=new_id(10, lambda taken: self._store.apis.get(call.scope, taken)),
            name=request["Name"],
            created_at=call.now,
            port=0,
            description=request.get("Description") or None,
            version=request.get("Version") or None,
            cors=read_cors(cors) if cors else None,
            disable_execute_api_endpoint=request.get("DisableExecuteApiEndpoint", False),
            ip_address_type=request.get("IpAddressType", "ipv4"),
            tags=dict(request.get("Tags") or {}),
        )
        selection = request.get("ApiKeySelectionExpression")
        if selection:
            api = replace(api, api_key_selection_expression=selection)
        check_api(api)
        check_tags(api.tags)
        api = replace(api, port=self._choose_port())
        self._store.apis.put(call.scope, api)
        if request.get("Target"):
            api = self._quick_create(call, api, request["Target"], request.get("RouteKey"))
        elif request.get("RouteKey"):
            raise bad_request("RouteKey is part of quick create: give a Target too, or use CreateRoute.")
        return self.describe(api)

    def get(self, call: Call, request: GetApiRequestTypeDef) -> Result:
        """Describe an API."""
        return self.describe(self._store.get_api(call.scope, request["ApiId"]))

    def list(self, call: Call, request: GetApisRequestTypeDef) -> Result:
        """Describe all APIs."""
        return answer_page(request, self._store.apis.list(call.scope), self.describe)

    def update(self, call: Call, request: UpdateApiRequestTypeDef) -> Result:
        """Change the members sent; a CORS configuration is replaced as a whole."""
        refuse_members(request, _NOT_HERE, _WHY)
        check_route_selection(request.get("RouteSelectionExpression"))
        old = self._store.get_api(call.scope, request["ApiId"])
        cors = request.get("CorsConfiguration")
        api = replace(
            old,
            name=request.get("Name", old.name),
            description=request.get("Description", old.description) or None,
            version=request.get("Version", old.version) or None,
            cors=read_cors(cors) if cors is not None else old.cors,
            disable_execute_api_endpoint=request.get(
                "DisableExecuteApiEndpoint", old.disable_execute_api_endpoint
            ),
            ip_address_type=request.get("IpAddressType", old.ip_address_type),
            api_key_selection_expression=request.get("ApiKeySelectionExpression")
            or old.api_key_selection_expression,
        )
        check_api(api)
        self._store.apis.put(call.scope, api)
        self._update_quick(call.scope, api, request.get("Target"), request.get("RouteKey"))
        auto_deploy(self._store, call.scope, api.api_id, call.now)
        return self.describe(api)

    def delete(self, call: Call, request: DeleteApiRequestTypeDef) -> Result:
        """Remove an API with all that belongs to it."""
        api = self._store.get_api(call.scope, request["ApiId"])
        self._store.refuse_mapped(call.scope, api.api_id)
        self._store.delete_api(call.scope, api)
        return {}

    def delete_cors(self, call: Call, request: DeleteCorsConfigurationRequestTypeDef) -> Result:
        """Take an API's CORS configuration away."""
        api = self._store.get_api(call.scope, request["ApiId"])
        self._store.apis.put(call.scope, replace(api, cors=None))
        auto_deploy(self._store, call.scope, api.api_id, call.now)
        return {}

    def describe(self, api: Api) -> Result:
        """Return an API's members. The endpoint is where it really answers."""
        return {
            "ApiId": api.api_id,
            "ApiEndpoint": f"http://{self._host}:{api.port}",
            "ApiGatewayManaged": True if api.quick else None,
            "ApiKeySelectionExpression": api.api_key_selection_expression,
            "CorsConfiguration": _describe_cors(api.cors) if api.cors else None,
            "CreatedDate": timestamp(api.created_at),
            "Description": api.description,
            "DisableExecuteApiEndpoint": api.disable_execute_api_endpoint,
            "IpAddressType": api.ip_address_type,
            "Name": api.name,
            "ProtocolType": "HTTP",
            "RouteSelectionExpression": ROUTE_SELECTION,
            "Tags": dict(api.tags),
            "Version": api.version,
        }

    def _quick_create(self, call: Call, api: Api, target: str, route_key: str | None) -> Api:
        integration = Integration(
            api_id=api.api_id,
            integration_id=new_id(7, lambda _: None),
            integration_type=_target_type(target),
            integration_uri=target,
            integration_method="ANY",
            managed=True,
        )
        check_integration(integration)
        route = Route(
            api_id=api.api_id,
            route_id=new_id(7, lambda _: None),
            route_key=route_key or DEFAULT_ROUTE_KEY,
            target=f"integrations/{integration.integration_id}",
            managed=True,
        )
        check_route(route, (), (integration,), ())
        stage = Stage(
            api.api_id,
            DEFAULT_STAGE,
            created_at=call.now,
            updated_at=call.now,
            auto_deploy=True,
            managed=True,
        )
        self._store.integrations.put(call.scope, integration)
        self._store.routes.put(call.scope, route)
        self._store.stages.put(call.scope, stage)
        api = self._store.apis.put(
            call.scope, replace(api, quick=QuickCreate(integration.integration_id, route.route_id))
        )
        auto_deploy(self._store, call.scope, api.api_id, call.now)
        return api

    def _update_quick(self, scope: Scope, api: Api, target: str | None, route_key: str | None) -> None:
        if not target and not route_key:
            return
        if api.quick is None:
            raise bad_request("Target and RouteKey act on quick-create resources, which this API has not.")
        if target:
            old = self._store.get_integration(scope, api.api_id, api.quick.integration_id)
            new = replace(old, integration_type=_target_type(target), integration_uri=target)
            check_integration(new)
            self._store.integrations.put(scope, new)
        if route_key:
            route = replace(self._store.get_route(scope, api.api_id, api.quick.route_id), route_key=route_key)
            others = self._store.configuration_of(scope, api)
            check_route(route, others.routes, others.integrations, others.authorizers)
            self._store.routes.put(scope, route)


def _target_type(target: str) -> str:
    return "AWS_PROXY" if target.startswith("arn:") else "HTTP_PROXY"


def _describe_cors(cors: Cors) -> Result:
    def listed(values: tuple[str, ...] | None) -> list[str] | None:
        return None if values is None else [*values]

    return {
        "AllowCredentials": cors.allow_credentials,
        "AllowHeaders": listed(cors.allow_headers),
        "AllowMethods": listed(cors.allow_methods),
        "AllowOrigins": listed(cors.allow_origins),
        "ExposeHeaders": listed(cors.expose_headers),
        "MaxAge": cors.max_age,
    }
