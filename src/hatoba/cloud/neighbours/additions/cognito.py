"""Cognito's user pools: their tags, their resource servers changed and deleted.

https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DeleteResourceServer.html
https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_TagResource.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.cognitoidp.models import cognitoidp_backends

from hatoba.cloud.wire.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hatoba.cloud.state import Scope


def delete_resource_server(scope: Scope, params: Mapping[str, Any]) -> Mapping[str, Any]:
    """Delete a resource server."""
    servers = _servers(scope, params)
    del servers[params["Identifier"]]
    return {}


def update_resource_server(scope: Scope, params: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give a resource server a name and scopes: all of them, as they are not merged."""
    server = _servers(scope, params)[params["Identifier"]]
    server.name = str(params.get("Name", server.name))
    server.scopes = list(params.get("Scopes") or ())
    return {"ResourceServer": server.to_json()}


TAGS = "UserPoolTags"


def list_tags(scope: Scope, params: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a pool's tags."""
    return {"Tags": dict(_named(scope, params).get(TAGS) or {})}


def tag(scope: Scope, params: Mapping[str, Any]) -> Mapping[str, Any]:
    """Set tags."""
    pool = _named(scope, params)
    pool[TAGS] = {**(pool.get(TAGS) or {}), **(params.get("Tags") or {})}
    return {}


def untag(scope: Scope, params: Mapping[str, Any]) -> Mapping[str, Any]:
    """Remove tags."""
    pool = _named(scope, params)
    gone = set(params.get("TagKeys") or ())
    pool[TAGS] = {key: value for key, value in (pool.get(TAGS) or {}).items() if key not in gone}
    return {}


def keep_tags(scope: Scope, params: Mapping[str, Any]) -> Callable[[], None]:
    """Keep a pool's tags over an update that does not name any."""
    pool = _pools(scope).get(str(params.get("UserPoolId")))
    tags = dict(pool.extended_config.get(TAGS) or {}) if pool is not None else {}

    def keep() -> None:
        if pool is not None and TAGS not in params:
            pool.extended_config[TAGS] = tags

    return keep


def _named(scope: Scope, params: Mapping[str, Any]) -> Any:
    """Return what moto keeps of the pool that an ARN names."""
    arn = str(params.get("ResourceArn"))
    pool = _pools(scope).get(arn.rpartition("/")[2])
    if pool is None or pool.arn != arn:
        raise ServiceError("ResourceNotFoundException", f"User pool {arn} does not exist.", status=400)
    return pool.extended_config


def _pools(scope: Scope) -> Any:
    return cognitoidp_backends[scope.account][scope.region].user_pools


def _servers(scope: Scope, params: Mapping[str, Any]) -> Any:
    """Return the pool's resource servers, the one that is meant among them."""
    pool_id, identifier = params.get("UserPoolId"), params.get("Identifier")
    pool = _pools(scope).get(str(pool_id))
    if pool is None:
        raise ServiceError("ResourceNotFoundException", f"User pool {pool_id} does not exist.", status=400)
    if identifier not in pool.resource_servers:
        raise ServiceError(
            "ResourceNotFoundException", f"Resource server {identifier} does not exist.", status=400
        )
    return pool.resource_servers
