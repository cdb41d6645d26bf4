"""Resource servers of Cognito's user pools, changed and deleted.

https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DeleteResourceServer.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.cognitoidp.models import cognitoidp_backends

from hatoba.cloud.wire.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Mapping

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


def _servers(scope: Scope, params: Mapping[str, Any]) -> Any:
    """Return the pool's resource servers, the one that is meant among them."""
    pool_id, identifier = params.get("UserPoolId"), params.get("Identifier")
    pool = cognitoidp_backends[scope.account][scope.region].user_pools.get(str(pool_id))
    if pool is None:
        raise ServiceError("ResourceNotFoundException", f"User pool {pool_id} does not exist.", status=400)
    if identifier not in pool.resource_servers:
        raise ServiceError(
            "ResourceNotFoundException", f"Resource server {identifier} does not exist.", status=400
        )
    return pool.resource_servers
