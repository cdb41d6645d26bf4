"""Operations on integrations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from hatoba.cloud.apigateway.api.paging import answer_page
from hatoba.cloud.apigateway.control.common import refuse_members
from hatoba.cloud.apigateway.control.integrations import (
    MOST_INTEGRATIONS,
    CloudMapTarget,
    check_integration,
    cloud_map_target,
    listener_target,
)
from hatoba.cloud.apigateway.control.mappings import merged_request_parameters, merged_response_parameters
from hatoba.cloud.apigateway.deploy import auto_deploy
from hatoba.cloud.apigateway.errors import bad_request, conflict, too_many
from hatoba.cloud.apigateway.model import Integration
from hatoba.cloud.apigateway.store import new_id
from hatoba.cloud.wire import NotImplementedHere, ServiceError

if TYPE_CHECKING:
    from types_boto3_apigatewayv2.type_defs import (
        CreateIntegrationRequestTypeDef,
        DeleteIntegrationRequestTypeDef,
        GetIntegrationRequestTypeDef,
        GetIntegrationsRequestTypeDef,
        UpdateIntegrationRequestTypeDef,
    )

    from hatoba.cloud.apigateway.control.integrations import ListenerTarget
    from hatoba.cloud.apigateway.store import Store
    from hatoba.cloud.wire import Call, Invoke, Operations, Result

    Request = CreateIntegrationRequestTypeDef | UpdateIntegrationRequestTypeDef

_WEBSOCKET_ONLY = (
    "ContentHandlingStrategy",
    "PassthroughBehavior",
    "RequestTemplates",
    "TemplateSelectionExpression",
)


class Integrations:
    """The operations on integrations. What a private one leads to must exist, so they ask who has it."""

    def __init__(self, store: Store, invoke: Invoke) -> None:
        self._store = store
        self._invoke = invoke

    def register(self, operations: Operations) -> None:
        """Answer these operations."""
        operations.add("CreateIntegration", self.create)
        operations.add("GetIntegration", self.get)
        operations.add("GetIntegrations", self.list)
        operations.add("UpdateIntegration", self.update)
        operations.add("DeleteIntegration", self.delete)

    async def create(self, call: Call, request: CreateIntegrationRequestTypeDef) -> Result:
        """Make an integration."""
        api = self._store.get_api(call.scope, request["ApiId"])
        of_api = f"{api.api_id}/"
        if len(self._store.integrations.list(call.scope, of_api)) >= MOST_INTEGRATIONS:
            raise too_many(
                f"Maximum number of Integrations for this API has been reached ({MOST_INTEGRATIONS})."
            )
        new = new_id(7, lambda taken: self._store.integrations.get(call.scope, of_api + taken))
        return await self._keep(call, Integration(api.api_id, new), request)

    def get(self, call: Call, request: GetIntegrationRequestTypeDef) -> Result:
        """Describe an integration."""
        found = self._store.get_integration(call.scope, request["ApiId"], request["IntegrationId"])
        return describe(found)

    def list(self, call: Call, request: GetIntegrationsRequestTypeDef) -> Result:
        """Describe an API's integrations."""
        api = self._store.get_api(call.scope, request["ApiId"])
        return answer_page(request, self._store.integrations.list(call.scope, f"{api.api_id}/"), describe)

    async def update(self, call: Call, request: UpdateIntegrationRequestTypeDef) -> Result:
        """Change the members sent; mappings are merged."""
        old = self._store.get_integration(call.scope, request["ApiId"], request["IntegrationId"])
        return await self._keep(call, old, request)

    def delete(self, call: Call, request: DeleteIntegrationRequestTypeDef) -> Result:
        """Remove an integration that no route leads to."""
        old = self._store.get_integration(call.scope, request["ApiId"], request["IntegrationId"])
        if old.managed:
            raise bad_request("An integration that quick create made cannot be deleted. Delete the API.")
        users = [
            route.route_id
            for route in self._store.routes.list(call.scope, f"{old.api_id}/")
            if route.integration_id == old.integration_id
        ]
        if users:
            raise conflict(
                "Cannot delete Integration because it is referenced by the following Routes with Ids:"
                f" [{', '.join(users)}]"
            )
        self._store.integrations.delete(call.scope, old.key)
        auto_deploy(self._store, call.scope, old.api_id, call.now)
        return {}

    async def _keep(self, call: Call, old: Integration, request: Request) -> Result:
        integration = settled(old, request)
        check_integration(integration)
        if integration.connection_type == "VPC_LINK":
            await check_private(self._store, self._invoke, call, integration)
        with self._store.state.transaction():
            self._store.get_api(call.scope, integration.api_id)  # it may be gone since we asked
            self._store.integrations.put(call.scope, integration)
            auto_deploy(self._store, call.scope, integration.api_id, call.now)
        return describe(integration)


async def check_private(store: Store, invoke: Invoke, call: Call, integration: Integration) -> None:
    """Refuse a private integration whose VPC link, Cloud Map service or listener is not there."""
    link_id = integration.connection_id or ""
    link = store.vpc_links.get(call.scope, link_id)
    if link is None or link.status == "DELETING":
        raise bad_request(f"Invalid VPC link ID specified: {link_id}. Create the VPC link first.")
    uri = integration.integration_uri or ""
    target = cloud_map_target(uri) or listener_target(uri)
    assert target is not None, "checked before"
    if (target.account, target.region) != (call.account, call.region):
        raise bad_request(
            f"{target.arn} is not in account {call.account} and region {call.region}:"
            " all resources of a private integration must be."
        )
    if isinstance(target, CloudMapTarget):
        await _require_service(invoke, call, target)
    else:
        await _require_listener(invoke, call, target)


async def _require_service(invoke: Invoke, call: Call, target: CloudMapTarget) -> None:
    try:
        await invoke(call, "servicediscovery", "GetService", {"Id": target.service_id})
    except ServiceError as error:
        if error.code != "ServiceNotFound":
            raise
        raise bad_request(
            f"Unable to find the Cloud Map service {target.arn}."
            " Create the service first, or correct the ARN."
        ) from error


async def _require_listener(invoke: Invoke, call: Call, target: ListenerTarget) -> None:
    try:
        await invoke(call, "elbv2", "DescribeListeners", {"ListenerArns": [target.arn]})
    except ServiceError as error:
        if error.code != "ListenerNotFound":
            raise
        raise bad_request(
            "Unable to retrieve listener port and load balancer DNS name from ELB listener"
        ) from error


def settled(old: Integration, request: Request) -> Integration:
    """Return the integration that a request to create or update makes of ``old``."""
    if request.get("IntegrationSubtype"):
        raise NotImplementedHere("An integration with an IntegrationSubtype (AWS services)")
    refuse_members(request, _WEBSOCKET_ONLY, "it is supported only for WebSocket APIs")
    refuse_members(request, ("CredentialsArn",), "an HTTP_PROXY integration has no credentials")
    tls = request.get("TlsConfig")
    request_parameters = request.get("RequestParameters")
    response_parameters = request.get("ResponseParameters")
    return replace(
        old,
        integration_type=request.get("IntegrationType", old.integration_type),
        integration_uri=request.get("IntegrationUri", old.integration_uri),
        integration_method=request.get("IntegrationMethod", old.integration_method),
        connection_type=request.get("ConnectionType", old.connection_type),
        connection_id=request.get("ConnectionId", old.connection_id) or None,
        payload_format_version=request.get("PayloadFormatVersion", old.payload_format_version),
        timeout_ms=request.get("TimeoutInMillis", old.timeout_ms),
        description=request.get("Description", old.description) or None,
        request_parameters=old.request_parameters
        if request_parameters is None
        else merged_request_parameters(old.request_parameters, request_parameters),
        response_parameters=old.response_parameters
        if response_parameters is None
        else merged_response_parameters(old.response_parameters, response_parameters),
        tls=old.tls if tls is None else True,
        server_name_to_verify=old.server_name_to_verify if tls is None else tls.get("ServerNameToVerify"),
    )


def describe(integration: Integration) -> Result:
    """Return an integration's members."""
    name = integration.server_name_to_verify
    return {
        "ApiGatewayManaged": True if integration.managed else None,
        "ConnectionId": integration.connection_id,
        "ConnectionType": integration.connection_type,
        "Description": integration.description,
        "IntegrationId": integration.integration_id,
        "IntegrationMethod": integration.integration_method,
        "IntegrationType": integration.integration_type,
        "IntegrationUri": integration.integration_uri,
        "PayloadFormatVersion": integration.payload_format_version,
        "RequestParameters": integration.request_parameters or None,
        "ResponseParameters": integration.response_parameters or None,
        "TimeoutInMillis": integration.timeout_ms,
        "TlsConfig": ({"ServerNameToVerify": name} if name else {}) if integration.tls else None,
    }
