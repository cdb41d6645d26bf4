"""Operations on stages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from hatoba.cloud.apigateway.api.paging import answer_page
from hatoba.cloud.apigateway.control.common import check_tags, refuse_members
from hatoba.cloud.apigateway.control.stages import (
    check_routes_of,
    check_stage,
    merged_variables,
    read_route_settings,
)
from hatoba.cloud.apigateway.deploy import auto_deploy, point
from hatoba.cloud.apigateway.errors import bad_request, conflict, not_found
from hatoba.cloud.apigateway.model import AccessLogSettings, RouteSettings, Stage
from hatoba.cloud.clock import timestamp

if TYPE_CHECKING:
    from types_boto3_apigatewayv2.type_defs import (
        AccessLogSettingsTypeDef,
        CreateStageRequestTypeDef,
        DeleteAccessLogSettingsRequestTypeDef,
        DeleteRouteSettingsRequestTypeDef,
        DeleteStageRequestTypeDef,
        GetStageRequestTypeDef,
        GetStagesRequestTypeDef,
        ResetAuthorizersCacheRequestTypeDef,
        UpdateStageRequestTypeDef,
    )

    from hatoba.cloud.apigateway.store import Store
    from hatoba.cloud.wire import Call, Operations, Result

    Request = CreateStageRequestTypeDef | UpdateStageRequestTypeDef


class Stages:
    """The operations on stages."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def register(self, operations: Operations) -> None:
        """Answer these operations."""
        operations.add("CreateStage", self.create)
        operations.add("GetStage", self.get)
        operations.add("GetStages", self.list)
        operations.add("UpdateStage", self.update)
        operations.add("DeleteStage", self.delete)
        operations.add("DeleteAccessLogSettings", self.delete_access_log)
        operations.add("DeleteRouteSettings", self.delete_route_settings)
        operations.add("ResetAuthorizersCache", self.reset_authorizers_cache)

    def create(self, call: Call, request: CreateStageRequestTypeDef) -> Result:
        """Make a stage; with ``AutoDeploy`` it serves the configuration as it stands at once."""
        api = self._store.get_api(call.scope, request["ApiId"])
        name = request["StageName"]
        if self._store.stages.get(call.scope, f"{api.api_id}/{name}"):
            raise conflict(f"Stage with name {name} already exists for this API")
        tags = dict(request.get("Tags") or {})
        check_tags(tags)
        stage = Stage(api.api_id, name, created_at=call.now, updated_at=call.now, tags=tags)
        return self._keep(call, stage, request, is_new=True)

    def get(self, call: Call, request: GetStageRequestTypeDef) -> Result:
        """Describe a stage."""
        return describe(self._store.get_stage(call.scope, request["ApiId"], request["StageName"]))

    def list(self, call: Call, request: GetStagesRequestTypeDef) -> Result:
        """Describe an API's stages."""
        api = self._store.get_api(call.scope, request["ApiId"])
        return answer_page(request, self._store.stages.list(call.scope, f"{api.api_id}/"), describe)

    def update(self, call: Call, request: UpdateStageRequestTypeDef) -> Result:
        """Change the members sent; stage variables and route settings are merged."""
        return self._keep(call, self._changeable(call, request["ApiId"], request["StageName"]), request)

    def delete(self, call: Call, request: DeleteStageRequestTypeDef) -> Result:
        """Remove a stage."""
        stage = self._changeable(call, request["ApiId"], request["StageName"])
        self._store.refuse_mapped(call.scope, stage.api_id, stage.stage_name)
        self._store.stages.delete(call.scope, stage.key)
        return {}

    def delete_access_log(self, call: Call, request: DeleteAccessLogSettingsRequestTypeDef) -> Result:
        """End a stage's access log."""
        stage = self._changeable(call, request["ApiId"], request["StageName"])
        self._store.touch_stage(call.scope, replace(stage, access_log=None), call.now)
        return {}

    def delete_route_settings(self, call: Call, request: DeleteRouteSettingsRequestTypeDef) -> Result:
        """Take the settings of one route key away."""
        stage = self._changeable(call, request["ApiId"], request["StageName"])
        route_key = request["RouteKey"]
        if route_key not in stage.route_settings:
            raise not_found("RouteSettings", route_key)
        kept = {key: settings for key, settings in stage.route_settings.items() if key != route_key}
        self._store.touch_stage(call.scope, replace(stage, route_settings=kept), call.now)
        return {}

    def reset_authorizers_cache(self, call: Call, request: ResetAuthorizersCacheRequestTypeDef) -> Result:
        """Forget what Lambda authorizers answered: nothing, as there are none; a JWT is judged each time."""
        self._store.get_stage(call.scope, request["ApiId"], request["StageName"])
        return {}

    def _changeable(self, call: Call, api_id: str, stage_name: str) -> Stage:
        stage = self._store.get_stage(call.scope, api_id, stage_name)
        if stage.managed:
            raise bad_request(
                "The $default stage that quick create made cannot be modified. Create another stage."
            )
        return stage

    def _keep(self, call: Call, old: Stage, request: Request, *, is_new: bool = False) -> Result:
        stage = settled(old, request)
        check_stage(stage)
        routes = self._store.routes.list(call.scope, f"{stage.api_id}/")
        check_routes_of(request.get("RouteSettings") or {}, (route.route_key for route in routes))
        wanted = request.get("DeploymentId")
        if wanted and stage.auto_deploy:
            raise bad_request(
                "DeploymentId cannot be set on a stage with AutoDeploy: it follows every change."
            )
        if wanted:
            deployment = self._store.get_deployment(call.scope, stage.api_id, wanted)
            stage = point(stage, deployment.deployment_id)
        self._store.touch_stage(call.scope, stage, call.now)
        if stage.auto_deploy and (is_new or not old.auto_deploy):
            auto_deploy(self._store, call.scope, stage.api_id, call.now)
        return describe(self._store.get_stage(call.scope, stage.api_id, stage.stage_name))


def settled(old: Stage, request: Request) -> Stage:
    """Return the stage that a request to create or update makes of ``old``, but for its deployment."""
    refuse_members(request, ("ClientCertificateId",), "it is supported only for WebSocket APIs")
    access_log = request.get("AccessLogSettings")
    defaults = request.get("DefaultRouteSettings")
    by_route = {
        key: read_route_settings(sent, old.route_settings.get(key))
        for key, sent in (request.get("RouteSettings") or {}).items()
    }
    return replace(
        old,
        auto_deploy=request.get("AutoDeploy", old.auto_deploy),
        description=request.get("Description", old.description) or None,
        access_log=old.access_log if access_log is None else _read_access_log(access_log, old.access_log),
        default_route_settings=old.default_route_settings
        if defaults is None
        else read_route_settings(defaults, old.default_route_settings),
        route_settings={**old.route_settings, **by_route},
        stage_variables=merged_variables(old.stage_variables, request.get("StageVariables") or {}),
    )


def describe(stage: Stage) -> Result:
    """Return a stage's members."""
    log = stage.access_log
    return {
        "AccessLogSettings": {"DestinationArn": log.destination_arn, "Format": log.format} if log else None,
        "ApiGatewayManaged": True if stage.managed else None,
        "AutoDeploy": True if stage.auto_deploy else None,
        "CreatedDate": timestamp(stage.created_at),
        "DefaultRouteSettings": _describe_settings(stage.default_route_settings),
        "DeploymentId": stage.deployment_id,
        "Description": stage.description,
        "LastDeploymentStatusMessage": stage.last_deployment_status,
        "LastUpdatedDate": timestamp(stage.updated_at),
        "RouteSettings": {key: _describe_settings(value) for key, value in stage.route_settings.items()},
        "StageName": stage.stage_name,
        "StageVariables": dict(stage.stage_variables),
        "Tags": dict(stage.tags),
    }


def _read_access_log(
    sent: AccessLogSettingsTypeDef, old: AccessLogSettings | None
) -> AccessLogSettings | None:
    if not sent:
        return None
    destination = sent.get("DestinationArn") or (old.destination_arn if old else "")
    line_format = sent.get("Format") or (old.format if old else "")
    if not destination or not line_format:
        raise bad_request("AccessLogSettings need both a DestinationArn and a Format.")
    return AccessLogSettings(destination, line_format)


def _describe_settings(settings: RouteSettings) -> Result:
    members = {
        "DetailedMetricsEnabled": settings.detailed_metrics_enabled or False,
        "ThrottlingBurstLimit": settings.throttling_burst_limit,
        "ThrottlingRateLimit": settings.throttling_rate_limit,
    }
    return {name: value for name, value in members.items() if value is not None}
