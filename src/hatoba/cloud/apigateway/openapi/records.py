"""What is read from a document."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from types_boto3_apigatewayv2.type_defs import CreateIntegrationRequestTypeDef

    from hatoba.cloud.apigateway.model import Cors


class ImportedRoute(msgspec.Struct, frozen=True):
    """A route: its integration and its authorizer are named as in :class:`Definition`."""

    key: str
    integration: str | None = None
    authorizer: str | None = None
    scopes: tuple[str, ...] = ()
    operation_name: str | None = None


class ImportedAuthorizer(msgspec.Struct, frozen=True):
    """A JWT authorizer, from a security scheme."""

    identity_source: tuple[str, ...]
    issuer: str
    audience: tuple[str, ...] | None


class Remarks(msgspec.Struct):
    """What the caller is told: ``info`` of what is ignored, ``warnings`` of what could not be made."""

    info: list[str] = msgspec.field(default_factory=list)
    warnings: list[str] = msgspec.field(default_factory=list)

    def ignored(self, where: str) -> None:
        """Note a property that OpenAPI has and HTTP APIs have not."""
        self.info.append(f"{where} is not supported for HTTP APIs and is ignored.")

    def unexpected(self, where: str) -> None:
        """Note a property that nobody knows."""
        self.warnings.append(f"Parse issue: attribute {where} is unexpected")


class Definition(msgspec.Struct, frozen=True):
    """A whole document. ``integrations`` are CreateIntegration's members, without the API's id."""

    name: str
    description: str | None
    version: str | None
    cors: Cors | None
    tags: dict[str, str]
    disable_execute_api_endpoint: bool
    routes: tuple[ImportedRoute, ...]
    integrations: dict[str, CreateIntegrationRequestTypeDef]
    authorizers: dict[str, ImportedAuthorizer]
    remarks: Remarks
