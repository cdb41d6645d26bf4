"""API Gateway's tables, and the lookups that more than one operation makes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from hatoba.cloud.apigateway.errors import bad_request, not_found
from hatoba.cloud.apigateway.model import (
    Api,
    ApiMapping,
    Authorizer,
    Configuration,
    Deployment,
    DomainName,
    FrozenConfiguration,
    Integration,
    Listener,
    Route,
    Stage,
    VpcLink,
)
from hatoba.cloud.wire.call import random_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from hatoba.cloud.state import Scope, State

CHANGES = (
    "apigateway.api",
    "apigateway.stage",
    "apigateway.vpclink",
    "apigateway.domain",
    "apigateway.mapping",
    "apigateway.keys",
)
"""Kinds of change that what is served depends on; routes reach a stage by a deployment."""


class Store:
    """Everything API Gateway keeps. ``get_*`` raises NotFoundException, in the service's words."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.apis = state.table("apigateway.api", Api)
        self.routes = state.table("apigateway.route", Route)
        self.integrations = state.table("apigateway.integration", Integration)
        self.authorizers = state.table("apigateway.authorizer", Authorizer)
        self.stages = state.table("apigateway.stage", Stage)
        self.deployments = state.table("apigateway.deployment", Deployment)
        self.configurations = state.table("apigateway.configuration", FrozenConfiguration)
        self.vpc_links = state.table("apigateway.vpclink", VpcLink)
        self.domain_names = state.table("apigateway.domain", DomainName)
        self.api_mappings = state.table("apigateway.mapping", ApiMapping)
        self.listeners = state.table("apigateway.listener", Listener)

    def get_api(self, scope: Scope, api_id: str) -> Api:
        """Return an API."""
        api = self.apis.get(scope, api_id)
        if api is None:
            raise not_found("API", api_id)
        return api

    def get_route(self, scope: Scope, api_id: str, route_id: str) -> Route:
        """Return a route of an API."""
        self.get_api(scope, api_id)
        route = self.routes.get(scope, f"{api_id}/{route_id}")
        if route is None:
            raise not_found("Route", route_id)
        return route

    def get_integration(self, scope: Scope, api_id: str, integration_id: str) -> Integration:
        """Return an integration of an API."""
        self.get_api(scope, api_id)
        integration = self.integrations.get(scope, f"{api_id}/{integration_id}")
        if integration is None:
            raise not_found("Integration", integration_id)
        return integration

    def get_authorizer(self, scope: Scope, api_id: str, authorizer_id: str) -> Authorizer:
        """Return an authorizer of an API."""
        self.get_api(scope, api_id)
        authorizer = self.authorizers.get(scope, f"{api_id}/{authorizer_id}")
        if authorizer is None:
            raise not_found("Authorizer", authorizer_id)
        return authorizer

    def get_stage(self, scope: Scope, api_id: str, stage_name: str) -> Stage:
        """Return a stage of an API."""
        self.get_api(scope, api_id)
        stage = self.stages.get(scope, f"{api_id}/{stage_name}")
        if stage is None:
            raise not_found("Stage", stage_name)
        return stage

    def get_deployment(self, scope: Scope, api_id: str, deployment_id: str) -> Deployment:
        """Return a deployment of an API."""
        self.get_api(scope, api_id)
        deployment = self.deployments.get(scope, f"{api_id}/{deployment_id}")
        if deployment is None:
            raise not_found("Deployment", deployment_id)
        return deployment

    def get_vpc_link(self, scope: Scope, vpc_link_id: str) -> VpcLink:
        """Return a VPC link."""
        link = self.vpc_links.get(scope, vpc_link_id)
        if link is None:
            raise not_found("VpcLink", vpc_link_id)
        return link

    def get_domain_name(self, scope: Scope, name: str) -> DomainName:
        """Return a custom domain name."""
        domain = self.domain_names.get(scope, name)
        if domain is None:
            raise not_found("domain name", name)
        return domain

    def get_api_mapping(self, scope: Scope, domain_name: str, mapping_id: str) -> ApiMapping:
        """Return an API mapping of a domain name."""
        self.get_domain_name(scope, domain_name)
        mapping = self.api_mappings.get(scope, f"{domain_name}/{mapping_id}")
        if mapping is None:
            raise not_found("ApiMapping", mapping_id)
        return mapping

    def refuse_mapped(self, scope: Scope, api_id: str, stage_name: str | None = None) -> None:
        """Refuse to remove an API or a stage that a domain name still leads to."""
        for mapping in self.api_mappings.list(scope):
            if mapping.api_id == api_id and stage_name in {None, mapping.stage_name}:
                raise bad_request(
                    f"API mapping {mapping.mapping_id} of domain name {mapping.domain_name} leads to"
                    f" {stage_name or api_id}. Remove the mapping first."
                )

    def configuration_of(self, scope: Scope, api: Api) -> Configuration:
        """Return an API's configuration as it stands now: what a deployment would freeze."""
        of_api = f"{api.api_id}/"
        return Configuration(
            routes=self.routes.list(scope, of_api),
            integrations=self.integrations.list(scope, of_api),
            authorizers=self.authorizers.list(scope, of_api),
            cors=api.cors,
            disable_execute_api_endpoint=api.disable_execute_api_endpoint,
        )

    def delete_api(self, scope: Scope, api: Api) -> None:
        """Forget an API with all that belongs to it."""
        of_api = f"{api.api_id}/"
        self.delete_configuration(scope, api.api_id)
        for stage in self.stages.list(scope, of_api):
            self.stages.delete(scope, stage.key)
        for deployment in self.deployments.list(scope, of_api):
            self.delete_deployment(scope, deployment)
        self.apis.delete(scope, api.key)

    def delete_configuration(self, scope: Scope, api_id: str) -> None:
        """Forget an API's routes, integrations and authorizers; what is deployed is served on."""
        for table in (self.routes, self.integrations, self.authorizers):
            for record in table.list(scope, f"{api_id}/"):
                table.delete(scope, record.key)

    def delete_deployment(self, scope: Scope, deployment: Deployment) -> None:
        """Forget a deployment and the configuration it froze."""
        self.configurations.delete(scope, deployment.key)
        self.deployments.delete(scope, deployment.key)

    def touch_stage(self, scope: Scope, stage: Stage, now: float) -> Stage:
        """Keep a changed stage, stamped with the time of the change."""
        return self.stages.put(scope, replace(stage, updated_at=now))


def new_id(length: int, is_taken: Callable[[str], object]) -> str:
    """Return a random id of API Gateway's form that nothing bears yet."""
    while True:
        candidate = random_id(length)
        if not is_taken(candidate):
            return candidate
