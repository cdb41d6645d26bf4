"""ImportApi, ReimportApi and ExportApi: an API as an OpenAPI document.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-open-api.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from hatoba.cloud.apigateway.api.integrations import check_private, settled
from hatoba.cloud.apigateway.control.apis import check_api
from hatoba.cloud.apigateway.control.authorizers import (
    MOST_AUTHORIZERS,
    TOO_MANY_AUTHORIZERS,
    check_authorizer,
    undiscoverable,
)
from hatoba.cloud.apigateway.control.common import check_tags
from hatoba.cloud.apigateway.control.integrations import MOST_INTEGRATIONS, check_integration
from hatoba.cloud.apigateway.control.routes import check_route
from hatoba.cloud.apigateway.deploy import auto_deploy
from hatoba.cloud.apigateway.errors import bad_request, too_many
from hatoba.cloud.apigateway.model import Api, Authorizer, Configuration, Integration, Route
from hatoba.cloud.apigateway.openapi import read_definition, write_document
from hatoba.cloud.apigateway.openapi.write import Export
from hatoba.cloud.apigateway.store import new_id

if TYPE_CHECKING:
    from types_boto3_apigatewayv2.type_defs import (
        ExportApiRequestTypeDef,
        ImportApiRequestTypeDef,
        ReimportApiRequestTypeDef,
    )

    from hatoba.cloud.apigateway.api.apis import Apis, ChoosePort
    from hatoba.cloud.apigateway.keyring import Keyring
    from hatoba.cloud.apigateway.openapi import Definition
    from hatoba.cloud.apigateway.store import Store
    from hatoba.cloud.wire import Call, Invoke, Operations, Result

_EXPORT_VERSION = "1.0"


class Around(msgspec.Struct, frozen=True):
    """What an import asks: Cloud Map and the issuers; and who makes and describes APIs."""

    store: Store
    invoke: Invoke
    keyring: Keyring
    apis: Apis
    choose_port: ChoosePort


class Definitions:
    """The operations on OpenAPI documents."""

    def __init__(self, around: Around) -> None:
        self._around = around
        self._store = around.store

    def register(self, operations: Operations) -> None:
        """Answer these operations."""
        operations.add("ImportApi", self.create)
        operations.add("ReimportApi", self.overwrite)
        operations.add("ExportApi", self.export)

    async def create(self, call: Call, request: ImportApiRequestTypeDef) -> Result:
        """Make an API with routes, integrations and authorizers of a document; it has no stage yet."""
        api_id = new_id(10, lambda taken: self._store.apis.get(call.scope, taken))
        blank = Api(api_id=api_id, name="", created_at=call.now, port=0)
        definition = self._read(call, request["Body"], request.get("Basepath"))
        made = await self._made(call, blank, definition, fails=request.get("FailOnWarnings", False))
        with self._store.state.transaction():
            api = replace(described(blank, definition), port=self._around.choose_port())
            self._keep(call, api, made)
        return self._answer(api, definition)

    async def overwrite(self, call: Call, request: ReimportApiRequestTypeDef) -> Result:
        """Replace all of an API but its id, its endpoint and its stages by a document."""
        old = self._store.get_api(call.scope, request["ApiId"])
        definition = self._read(call, request["Body"], request.get("Basepath"))
        made = await self._made(call, old, definition, fails=request.get("FailOnWarnings", False))
        with self._store.state.transaction():
            current = self._store.get_api(call.scope, old.api_id)  # it may be gone since we asked the issuers
            api = described(current, definition)
            self._store.delete_configuration(call.scope, api.api_id)
            self._keep(call, api, made)
            auto_deploy(self._store, call.scope, api.api_id, call.now)
        return self._answer(api, definition)

    def export(self, call: Call, request: ExportApiRequestTypeDef) -> Result:
        """Write an API, or what a stage of it serves, as a document."""
        api = self._store.get_api(call.scope, request["ApiId"])
        if request.get("ExportVersion", _EXPORT_VERSION) != _EXPORT_VERSION:
            raise bad_request(f"ExportVersion must be {_EXPORT_VERSION}.")
        configuration, stage_name = self._store.configuration_of(call.scope, api), request.get("StageName")
        if stage_name:
            stage = self._store.get_stage(call.scope, api.api_id, stage_name)
            if stage.deployment_id is None:
                raise bad_request(f"Stage {stage_name} has no deployment to export. Deploy the API first.")
            deployed = f"{api.api_id}/{stage.deployment_id}"
            frozen = self._store.configurations.get(call.scope, deployed)
            configuration = frozen.configuration if frozen else Configuration()
        export = Export(
            api=api,
            endpoint=str(self._around.apis.describe(api)["ApiEndpoint"]),
            configuration=configuration,
            stage_name=stage_name,
            with_extensions=request.get("IncludeExtensions", True),
        )
        return {"body": write_document(export, request["OutputType"])}

    def _read(self, call: Call, body: str, basepath: str | None) -> Definition:
        variables = {
            "AWS::AccountId": call.account,
            "AWS::Partition": "aws",
            "AWS::Region": call.region,
            "AWS::URLSuffix": "amazonaws.com",
        }
        return read_definition(body, basepath, variables)

    async def _made(self, call: Call, old: Api, definition: Definition, *, fails: bool) -> Configuration:
        """Return what the document makes, checked as if each part had been created by its own call.

        Raises:
            ServiceError: A part cannot be made; or there are warnings, and ``fails`` is set.
        """
        api = described(old, definition)
        check_api(api)
        check_tags(definition.tags)
        authorizers = await self._authorizers(api.api_id, definition)
        integrations = {
            name: settled(Integration(api.api_id, new_id(7, lambda _: None)), members)
            for name, members in definition.integrations.items()
        }
        if len(integrations) > MOST_INTEGRATIONS:
            raise too_many(f"A document makes at most {MOST_INTEGRATIONS} integrations.")
        for integration in integrations.values():
            check_integration(integration)
            if integration.connection_type == "VPC_LINK":
                await check_private(self._store, self._around.invoke, call, integration)
        routes = _routes(api.api_id, definition, integrations, authorizers)
        if fails and definition.remarks.warnings:
            raise bad_request(
                "Warnings found during import:" + "".join(f"\n\t{w}" for w in definition.remarks.warnings)
            )
        return Configuration(routes, tuple(integrations.values()), tuple(authorizers.values()), api.cors)

    async def _authorizers(self, api_id: str, definition: Definition) -> dict[str, Authorizer]:
        """Return the authorizers; one whose issuer cannot be discovered is left out, with a warning."""
        if len(definition.authorizers) > MOST_AUTHORIZERS:
            raise too_many(TOO_MANY_AUTHORIZERS)
        made: dict[str, Authorizer] = {}
        for name, sent in definition.authorizers.items():
            authorizer = Authorizer(
                api_id, new_id(6, lambda _: None), name, sent.identity_source, sent.issuer, sent.audience
            )
            check_authorizer(authorizer)
            problem = await self._around.keyring.learn(authorizer.issuer)
            if problem is None:
                made[name] = authorizer
            else:
                reason = undiscoverable(authorizer.issuer, problem).message
                definition.remarks.warnings.append(f"Unable to create Authorizer '{name}': {reason}")
        return made

    def _keep(self, call: Call, api: Api, made: Configuration) -> None:
        self._store.apis.put(call.scope, api)
        for integration in made.integrations:
            self._store.integrations.put(call.scope, integration)
        for authorizer in made.authorizers:
            self._store.authorizers.put(call.scope, authorizer)
        for route in made.routes:
            self._store.routes.put(call.scope, route)

    def _answer(self, api: Api, definition: Definition) -> Result:
        remarks = definition.remarks
        return {
            **self._around.apis.describe(api),
            "ImportInfo": [*remarks.info] or None,
            "Warnings": [*remarks.warnings] or None,
        }


def described(api: Api, definition: Definition) -> Api:
    """Return the API as the document describes it: what the document does not say is gone."""
    kept = {key: value for key, value in api.tags.items() if key.startswith("aws:")}
    return replace(
        api,
        name=definition.name,
        description=definition.description,
        version=definition.version,
        cors=definition.cors,
        disable_execute_api_endpoint=definition.disable_execute_api_endpoint,
        tags={**kept, **definition.tags},
        quick=None,
    )


def _routes(
    api_id: str,
    definition: Definition,
    integrations: dict[str, Integration],
    authorizers: dict[str, Authorizer],
) -> tuple[Route, ...]:
    """Return the routes; one whose authorizer could not be made is left out, as it must not be open."""
    made: list[Route] = []
    for sent in definition.routes:
        if sent.authorizer and sent.authorizer not in authorizers:
            definition.remarks.warnings.append(
                f"Unable to create route '{sent.key}': Authorizer '{sent.authorizer}' was not created."
            )
            continue
        target = integrations[sent.integration].integration_id if sent.integration else None
        route = Route(
            api_id=api_id,
            route_id=new_id(7, lambda _: None),
            route_key=sent.key,
            target=f"integrations/{target}" if target else None,
            authorization_type="JWT" if sent.authorizer else "NONE",
            authorizer_id=authorizers[sent.authorizer].authorizer_id if sent.authorizer else None,
            authorization_scopes=sent.scopes or None,
            operation_name=sent.operation_name,
        )
        check_route(route, made, tuple(integrations.values()), tuple(authorizers.values()))
        made.append(route)
    return tuple(made)
