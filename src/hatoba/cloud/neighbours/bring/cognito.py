"""The user pool that stands from the start, brought into Cognito; and which pools stand there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from moto.cognitoidp.models import CognitoIdpUserPool, CognitoIdpUserPoolClient, cognitoidp_backends

from hatoba.cloud.state import Scope
from hatoba.cloud.world import UserPool

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_NAME = "hatoba-local"
_SIGN_IN_WAYS = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH"]


def bring_pool(scope: Scope, pool: UserPool) -> None:
    """Let the pool stand in Cognito with its clients, unless it does."""
    backend: Any = cognitoidp_backends[scope.account][scope.region]
    if pool.pool_id in backend.user_pools:
        return
    made = CognitoIdpUserPool(scope.account, scope.region, _NAME, {"DeletionProtection": "ACTIVE"})
    made.arn = made.arn.replace(made.id, pool.pool_id)
    made.id = pool.pool_id
    for client_id in pool.client_ids:
        config: dict[str, Any] = {"ClientName": _NAME, "ExplicitAuthFlows": _SIGN_IN_WAYS}
        client = CognitoIdpUserPoolClient(pool.pool_id, generate_secret=False, extended_config=config)
        client.id = client_id
        made.clients[client_id] = client
    backend.user_pools[made.id] = made


def standing_pools() -> Mapping[Scope, Sequence[UserPool]]:
    """Return all pools, with the ids of their clients, by account and region."""
    return {
        Scope(account, region): tuple(
            UserPool(pool.id, tuple(pool.clients)) for pool in cast("Any", backend).user_pools.values()
        )
        for account, region, backend in cognitoidp_backends.iter_backends()
    }
