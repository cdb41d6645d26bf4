"""From a document to a definition: the parts that are about the whole API, and its routes."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from hatoba.cloud.apigateway.control.apis import read_cors
from hatoba.cloud.apigateway.control.routes import DEFAULT_ROUTE_KEY
from hatoba.cloud.apigateway.errors import bad_request
from hatoba.cloud.apigateway.openapi.document import (
    Object,
    as_list,
    as_object,
    as_text,
    as_texts,
    parse,
    resolved,
)
from hatoba.cloud.apigateway.openapi.integrations import read_integration
from hatoba.cloud.apigateway.openapi.records import Definition, ImportedRoute, Remarks
from hatoba.cloud.apigateway.openapi.security import read_authorizers, requirement

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from types_boto3_apigatewayv2.type_defs import CorsTypeDef, CreateIntegrationRequestTypeDef

    from hatoba.cloud.apigateway.model import Cors
    from hatoba.cloud.apigateway.openapi.records import ImportedAuthorizer

EXTENSION = "x-amazon-apigateway-"
ANY_METHOD = "x-amazon-apigateway-any-method"
METHODS = frozenset({"delete", "get", "head", "options", "patch", "post", "put"})
BASE_PATHS = frozenset({"ignore", "prepend", "split"})
VERSION = "1.0"
_READ_AT_ROOT = frozenset(
    {f"{EXTENSION}cors", f"{EXTENSION}importexport-version", f"{EXTENSION}endpoint-configuration"}
)
_OF_OPERATION = frozenset(
    {
        "deprecated",
        "description",
        "externalDocs",
        "isDefaultRoute",
        "operationId",
        "parameters",
        "responses",
        "security",
        "summary",
        "tags",
        f"{EXTENSION}integration",
    }
)
_NOT_FOR_HTTP_APIS = frozenset({"callbacks", "requestBody", "servers"})


def read_definition(text: str, basepath: str | None, variables: Mapping[str, str]) -> Definition:
    """Read an OpenAPI 3.0 document.

    Args:
        text: JSON or YAML.
        basepath: What to do with the servers' base path: ``ignore`` (as without), ``prepend``, ``split``.
        variables: AWS's variables, such as ``AWS::Region``.

    Raises:
        ServiceError: It is malformed, or wants what this cloud has not.
    """
    document, remarks = parse(text), Remarks()
    if basepath not in {None, "", *BASE_PATHS}:
        raise bad_request(f"Basepath is ignore, prepend or split, not {basepath}.")
    version = document.get(f"{EXTENSION}importexport-version", VERSION)
    if as_text(version, f"{EXTENSION}importexport-version") != VERSION:
        raise bad_request(f"{EXTENSION}importexport-version must be {VERSION}, not {version}.")
    info = as_object(document.get("info"), "info")
    if not info.get("title"):
        raise bad_request("Invalid OpenAPI input: info.title is missing.")
    for name in document:
        if name.startswith(EXTENSION) and name not in _READ_AT_ROOT:
            remarks.ignored(name)
    authorizers = read_authorizers(document, variables, remarks)
    reader = _Routes(document, variables, authorizers, remarks)
    routes = tuple(reader.read(_base_path(document, basepath)))
    return Definition(
        name=as_text(info["title"], "info.title"),
        description=as_text(info["description"], "info.description") if info.get("description") else None,
        version=as_text(info["version"], "info.version") if info.get("version") else None,
        cors=_cors(document, remarks),
        tags=_tags(document),
        disable_execute_api_endpoint=_is_endpoint_disabled(document),
        routes=routes,
        integrations=reader.integrations,
        authorizers=authorizers,
        remarks=remarks,
    )


class _Routes:
    """Reads ``paths``, and the integrations that they need."""

    def __init__(
        self,
        document: Object,
        variables: Mapping[str, str],
        authorizers: Mapping[str, ImportedAuthorizer],
        remarks: Remarks,
    ) -> None:
        self._document = document
        self._variables = variables
        self._authorizers = authorizers
        self._remarks = remarks
        self.integrations: dict[str, CreateIntegrationRequestTypeDef] = {}

    def read(self, base_path: str) -> Iterator[ImportedRoute]:
        for path, sent in as_object(self._document.get("paths"), "paths").items():
            if not path.startswith("/"):
                self._remarks.warnings.append(
                    f"Parse issue: attribute paths. Resource {path} should start with /"
                )
                continue
            item, _ = resolved(self._document, as_object(sent, f"paths.'{path}'"), f"paths.'{path}'")
            for member, operation in item.items():
                where = f"paths.'{path}'({member})"
                if member in METHODS or member == ANY_METHOD:
                    method = "ANY" if member == ANY_METHOD else member.upper()
                    yield from self._route(method, path, base_path, as_object(operation, where), where)
                elif member in {"trace", "servers"}:
                    self._remarks.ignored(where)
                elif member not in {"parameters", "summary", "description"} and not member.startswith("x-"):
                    self._remarks.unexpected(where)

    def _route(
        self, method: str, path: str, base_path: str, operation: Object, where: str
    ) -> Iterator[ImportedRoute]:
        self._note_ignored(operation, where)
        is_default = path == f"/{DEFAULT_ROUTE_KEY}" or operation.get("isDefaultRoute") is True
        key = DEFAULT_ROUTE_KEY if is_default else f"{method} {(base_path + path).rstrip('/') or '/'}"
        needed = requirement(self._document, operation, where)
        if needed is not None and needed[0] not in self._authorizers:
            self._remarks.warnings.append(
                f"Unable to create route '{key}': its security scheme '{needed[0]}' is no JWT authorizer."
                f" Give the scheme an {EXTENSION}authorizer."
            )
            return
        operation_id = operation.get("operationId")
        yield ImportedRoute(
            key=key,
            integration=self._integration(key, operation, where),
            authorizer=needed[0] if needed else None,
            scopes=needed[1] if needed else (),
            operation_name=as_text(operation_id, f"{where}.operationId") if operation_id else None,
        )

    def _integration(self, key: str, operation: Object, where: str) -> str | None:
        place = f"{where}.{EXTENSION}integration"
        sent = operation.get(f"{EXTENSION}integration")
        if sent is None:
            self._remarks.info.append(f"{where} has no {EXTENSION}integration: its route answers 404.")
            return None
        found, shared = resolved(self._document, as_object(sent, place), place)
        name = f"components/{shared}" if shared else key
        if name not in self.integrations:
            members = read_integration(found, self._variables, place, self._remarks)
            if members is None:
                return None
            self.integrations[name] = members
        return name

    def _note_ignored(self, operation: Object, where: str) -> None:
        for member in operation:
            if member in _NOT_FOR_HTTP_APIS or member.startswith(EXTENSION):
                if member not in _OF_OPERATION:
                    self._remarks.ignored(f"{where}.{member}")
            elif member not in _OF_OPERATION and not member.startswith("x-"):
                self._remarks.unexpected(f"{where}.{member}")


def _base_path(document: Object, mode: str | None) -> str:
    """Return what goes before every path: ``""``, or like ``/a/b``."""
    if mode not in {"prepend", "split"}:
        return ""
    servers = [as_object(each, "servers") for each in as_list(document.get("servers"), "servers")]
    found: str | None = None
    for server in servers:
        variable = as_object(server.get("variables"), "servers.variables").get("basePath")
        if found is None and variable is not None:
            default = as_object(variable, "servers.variables.basePath").get("default", "")
            found = as_text(default, "servers.variables.basePath.default")
    if found is None:
        urls = [as_text(server.get("url", ""), "servers.url") for server in servers]
        found = next((path for path in (urlsplit(url).path for url in urls) if path not in {"", "/"}), "")
    segments = [segment for segment in found.split("/") if segment]
    return "".join(f"/{segment}" for segment in (segments[1:] if mode == "split" else segments))


def _is_endpoint_disabled(document: Object) -> bool:
    member = f"{EXTENSION}endpoint-configuration"
    places = [document, *(as_object(each, "servers") for each in as_list(document.get("servers"), "servers"))]
    return any(
        as_object(place.get(member), member).get("disableExecuteApiEndpoint") is True for place in places
    )


def _tags(document: Object) -> dict[str, str]:
    """Return the tags of the API: those of OpenAPI's tags that have a value."""
    tags: dict[str, str] = {}
    for each in as_list(document.get("tags"), "tags"):
        tag = as_object(each, "tags")
        if f"{EXTENSION}tag-value" in tag:
            value = as_text(tag[f"{EXTENSION}tag-value"], f"tags.{EXTENSION}tag-value")
            tags[as_text(tag.get("name"), "tags.name")] = value
    return tags


def _cors(document: Object, remarks: Remarks) -> Cors | None:
    sent = document.get(f"{EXTENSION}cors")
    if sent is None:
        return None
    members: CorsTypeDef = {}
    cors = as_object(sent, f"{EXTENSION}cors")
    credentials, max_age = cors.pop("allowCredentials", None), cors.pop("maxAge", None)
    lists = {name: cors.pop(name, None) for name in _CORS_LISTS}
    well_formed = (
        not cors
        and (credentials is None or isinstance(credentials, bool))
        and (max_age is None or (isinstance(max_age, int) and not isinstance(max_age, bool)))
        and all(value is None or isinstance(value, list) for value in lists.values())
    )
    if not well_formed:
        remarks.warnings.append("CORS Scheme is malformed, ignoring.")
        return None
    if isinstance(credentials, bool):
        members["AllowCredentials"] = credentials
    if isinstance(max_age, int):
        members["MaxAge"] = max_age
    for name, value in lists.items():
        if value is not None:
            members[_CORS_LISTS[name]] = [*as_texts(value, f"{EXTENSION}cors.{name}")]  # type: ignore[literal-required]  # keys of the table below
    return read_cors(members)


_CORS_LISTS = {
    "allowHeaders": "AllowHeaders",
    "allowMethods": "AllowMethods",
    "allowOrigins": "AllowOrigins",
    "exposeHeaders": "ExposeHeaders",
}
