"""Deployments: freezing an API's configuration, and pointing stages to what was frozen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from hatoba.cloud.apigateway.model import Deployment, FrozenConfiguration
from hatoba.cloud.apigateway.store import new_id

if TYPE_CHECKING:
    from hatoba.cloud.apigateway.model import Api, Stage
    from hatoba.cloud.apigateway.store import Store
    from hatoba.cloud.state import Scope

AUTOMATIC = "Automatic deployment triggered by changes to the Api configuration"
KEPT_AUTOMATIC = 10
"""How many automatic deployments that no stage serves are kept; older ones are removed."""


def deploy(
    store: Store,
    scope: Scope,
    api: Api,
    now: float,
    *,
    automatic: bool = False,
    description: str | None = None,
) -> Deployment:
    """Freeze the configuration as it stands now."""
    api_id = api.api_id
    deployment = Deployment(
        api_id=api_id,
        deployment_id=new_id(6, lambda taken: store.deployments.get(scope, f"{api_id}/{taken}")),
        created_at=now,
        number=store.state.next_number(scope, f"apigateway.deployment/{api_id}"),
        auto_deployed=automatic,
        description=AUTOMATIC if automatic else description,
    )
    frozen = FrozenConfiguration(api_id, deployment.deployment_id, store.configuration_of(scope, api))
    store.configurations.put(scope, frozen)
    return store.deployments.put(scope, deployment)


def point(stage: Stage, deployment_id: str) -> Stage:
    """Return the stage as it serves the deployment."""
    return replace(
        stage,
        deployment_id=deployment_id,
        last_deployment_status=f"Successfully deployed stage with deployment ID '{deployment_id}'",
    )


def auto_deploy(store: Store, scope: Scope, api_id: str, now: float) -> None:
    """Deploy a changed configuration to the stages that follow it. Call it after every such change."""
    stages = [stage for stage in store.stages.list(scope, f"{api_id}/") if stage.auto_deploy]
    if not stages:
        return
    deployment = deploy(store, scope, store.get_api(scope, api_id), now, automatic=True)
    for stage in stages:
        store.touch_stage(scope, point(stage, deployment.deployment_id), now)
    _forget_old(store, scope, api_id)


def _forget_old(store: Store, scope: Scope, api_id: str) -> None:
    served = {stage.deployment_id for stage in store.stages.list(scope, f"{api_id}/")}
    idle = [
        deployment
        for deployment in store.deployments.list(scope, f"{api_id}/")
        if deployment.auto_deployed and deployment.deployment_id not in served
    ]
    idle.sort(key=lambda deployment: deployment.number)
    for deployment in idle[:-KEPT_AUTOMATIC]:
        store.delete_deployment(scope, deployment)
