"""Operations on deployments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from hatoba.cloud.apigateway.api.paging import answer_page
from hatoba.cloud.apigateway.control.common import check_length
from hatoba.cloud.apigateway.deploy import deploy, point
from hatoba.cloud.apigateway.errors import bad_request
from hatoba.cloud.clock import timestamp

if TYPE_CHECKING:
    from types_boto3_apigatewayv2.type_defs import (
        CreateDeploymentRequestTypeDef,
        DeleteDeploymentRequestTypeDef,
        GetDeploymentRequestTypeDef,
        GetDeploymentsRequestTypeDef,
        UpdateDeploymentRequestTypeDef,
    )

    from hatoba.cloud.apigateway.model import Deployment
    from hatoba.cloud.apigateway.store import Store
    from hatoba.cloud.wire import Call, Operations, Result


class Deployments:
    """The operations on deployments."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def register(self, operations: Operations) -> None:
        """Answer these operations."""
        operations.add("CreateDeployment", self.create)
        operations.add("GetDeployment", self.get)
        operations.add("GetDeployments", self.list)
        operations.add("UpdateDeployment", self.update)
        operations.add("DeleteDeployment", self.delete)

    def create(self, call: Call, request: CreateDeploymentRequestTypeDef) -> Result:
        """Freeze the configuration; with ``StageName`` that stage serves it."""
        api = self._store.get_api(call.scope, request["ApiId"])
        description = request.get("Description")
        check_length("Description", description, 0, 1024)
        name = request.get("StageName")
        stage = self._store.get_stage(call.scope, api.api_id, name) if name else None
        if stage and stage.auto_deploy:
            raise bad_request(
                f"Stage {name} has AutoDeploy: it follows every change and takes no deployment."
            )
        deployment = deploy(self._store, call.scope, api, call.now, description=description)
        if stage:
            self._store.touch_stage(call.scope, point(stage, deployment.deployment_id), call.now)
        return describe(deployment)

    def get(self, call: Call, request: GetDeploymentRequestTypeDef) -> Result:
        """Describe a deployment."""
        return describe(self._store.get_deployment(call.scope, request["ApiId"], request["DeploymentId"]))

    def list(self, call: Call, request: GetDeploymentsRequestTypeDef) -> Result:
        """Describe an API's deployments."""
        api = self._store.get_api(call.scope, request["ApiId"])
        return answer_page(request, self._store.deployments.list(call.scope, f"{api.api_id}/"), describe)

    def update(self, call: Call, request: UpdateDeploymentRequestTypeDef) -> Result:
        """Change a deployment's description."""
        old = self._store.get_deployment(call.scope, request["ApiId"], request["DeploymentId"])
        description = request.get("Description", old.description)
        check_length("Description", description, 0, 1024)
        return describe(
            self._store.deployments.put(call.scope, replace(old, description=description or None))
        )

    def delete(self, call: Call, request: DeleteDeploymentRequestTypeDef) -> Result:
        """Remove a deployment that no stage serves."""
        old = self._store.get_deployment(call.scope, request["ApiId"], request["DeploymentId"])
        stages = self._store.stages.list(call.scope, f"{old.api_id}/")
        if any(stage.deployment_id == old.deployment_id for stage in stages):
            raise bad_request("Active stages pointing to this deployment must be moved or deleted")
        self._store.delete_deployment(call.scope, old)
        return {}


def describe(deployment: Deployment) -> Result:
    """Return a deployment's members."""
    return {
        "AutoDeployed": deployment.auto_deployed,
        "CreatedDate": timestamp(deployment.created_at),
        "DeploymentId": deployment.deployment_id,
        "DeploymentStatus": "DEPLOYED",
        "Description": deployment.description,
    }
