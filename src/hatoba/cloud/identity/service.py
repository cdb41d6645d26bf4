"""The local issuer at work: it answers discovery, gives keys, mints tokens."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING
from uuid import uuid4

from hatoba.cloud.identity import pools
from hatoba.cloud.identity.claims import claims_of
from hatoba.cloud.identity.fetch import Unreachable, fetch_jwks_uri, fetch_keys
from hatoba.cloud.identity.model import KnownPool, SigningKey
from hatoba.cloud.identity.signing import new_key, signed, unsigned
from hatoba.cloud.state import Scope
from hatoba.cloud.wire import ServiceError
from hatoba.cloud.world import IssuerKeys, UserPool

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from hatoba.cloud.identity.model import TokenRequest
    from hatoba.cloud.identity.pools import Pool
    from hatoba.cloud.world import World

CACHE_S = 2 * 3600.0
"""How long API Gateway may use an issuer's keys before it asks again."""

HttpAnswer = tuple[int, dict[str, str], bytes]


class Identity:
    """The issuer of the user pools that stand locally, and the way to the keys of all others.

    It is a :class:`hatoba.cloud.world.KeySource` and a :class:`hatoba.cloud.world.UserPools`.

    Args:
        world: What every service is given.
        sign_in_keys: Gives the public keys of those who sign tokens for local pools beside this issuer:
            the neighbour that answers for Cognito, when a user signs in there.
    """

    def __init__(
        self, world: World, sign_in_keys: Callable[[], tuple[Mapping[str, str], ...]] = tuple
    ) -> None:
        self._world = world
        self._sign_in_keys = sign_in_keys
        self._home = Scope(world.settings.account, world.settings.region)
        self._signing_keys = world.state.table("identity.key", SigningKey)
        self._known_pools = world.state.table("identity.pool", KnownPool)
        self._making: asyncio.Task[SigningKey] | None = None
        self._forger: SigningKey | None = None
        self._fetched: dict[str, tuple[float, IssuerKeys]] = {}

    def default_pool(self, scope: Scope) -> Pool:
        """Return the user pool that stands in an account and region from the start."""
        pool = pools.default_pool(scope)
        if scope.account != self._home.account and self._known_pools.get(scope, pool.pool_id) is None:
            self._known_pools.put(scope, KnownPool(pool.pool_id))
        return pool

    def pool_from_the_start(self, scope: Scope) -> UserPool:
        """Return the default pool; see :class:`hatoba.cloud.world.UserPools`."""
        pool = self.default_pool(scope)
        return UserPool(pool.pool_id, (pool.client_id,))

    def keep_pools(self, scope: Scope, pools: Sequence[UserPool]) -> None:
        """Take a scope's pools as they are now; see :class:`hatoba.cloud.world.UserPools`."""
        standing = {each.pool_id: KnownPool(each.pool_id, each.client_ids, is_made=True) for each in pools}
        for known in self._known_pools.list(scope):
            if known.is_made and known.pool_id not in standing:
                self._known_pools.delete(scope, known.pool_id)
        for pool in standing.values():
            if self._known_pools.get(scope, pool.pool_id) != pool:
                self._known_pools.put(scope, pool)

    async def prepare(self) -> None:
        """Make the signing key if there is none yet. Call it early: whoever needs the key waits for it."""
        await self._signing_key()

    async def mint(self, scope: Scope, request: TokenRequest) -> str:
        """Return a JWT of a pool that stands here: the one asked for, else the scope's default pool.

        Raises:
            ServiceError: The request cannot be met as it is; says what to try.
        """
        pool = self._issuing_pool(scope, request)
        claims = claims_of(request, pool, self._world.clock.now(), lambda: str(uuid4()))
        key = await self._signing_key()
        if request.wrong == "alg-none":
            return unsigned(claims, key.kid)
        if request.wrong == "forged":
            key = await self._forging_key(key.kid)
        return await asyncio.to_thread(signed, claims, key)

    async def answer(self, method: str, path: str, host: str) -> HttpAnswer | None:
        """Answer the ``.well-known`` documents of a pool that stands here; None for all else.

        Args:
            method: GET or HEAD.
            path: Without query: ``/{pool}/.well-known/openid-configuration`` or ``…/jwks.json``.
            host: The Host header. Asked under Cognito's own name, the document points there; else it
                points to keys that can be fetched by plain HTTP from where it came.
        """
        found = pools.well_known(path)
        if found is None or method not in {"GET", "HEAD"}:
            return None
        pool_id, document = found
        if not self._stands(pool_id):
            return None
        if document == "jwks.json":
            body: dict[str, object] = {"keys": await self._local_keys()}
        else:
            body = _configuration(pool_id, host)
        return (
            200,
            {"content-type": "application/json"},
            b"" if method == "HEAD" else json.dumps(body).encode(),
        )

    async def discover(self, issuer: str) -> str | None:
        """Return why an issuer's discovery document cannot be had; see ``KeySource``."""
        if self._is_ours(issuer):
            return None
        try:
            await fetch_jwks_uri(issuer)
        except Unreachable as error:
            return error.reason
        return None

    async def keys(self, issuer: str) -> IssuerKeys:
        """Return an issuer's keys, at most two hours old; see ``KeySource``."""
        if self._is_ours(issuer):
            return IssuerKeys(keys=await self._local_keys())
        now = self._world.clock.now()
        fetched_at, kept = self._fetched.get(issuer, (0.0, None))
        if kept is not None and now - fetched_at < CACHE_S:
            return kept
        try:
            found = IssuerKeys(keys=await fetch_keys(await fetch_jwks_uri(issuer)))
        except Unreachable as error:
            return IssuerKeys(error=error.words)
        self._fetched[issuer] = (now, found)
        return found

    def _is_ours(self, issuer: str) -> bool:
        pool_id = pools.pool_of_issuer(issuer)
        return pool_id is not None and self._stands(pool_id)

    def _issuing_pool(self, scope: Scope, request: TokenRequest) -> Pool:
        """Return the pool that a token is asked of, with the client that it is for."""
        default = self.default_pool(scope)
        if request.pool_id in {None, default.pool_id} and request.client_id in {None, default.client_id}:
            return default
        for _, known in self._known_pools.everywhere():
            is_meant = request.client_id in known.client_ids if request.pool_id is None else False
            if is_meant or known.pool_id == request.pool_id:
                return _pool_of(known, request.client_id)
        if request.pool_id in {None, default.pool_id}:
            return default  # for a client that nobody made: the authorizer decides about its audience
        raise ServiceError(
            "ResourceNotFoundException",
            f"User pool {request.pool_id} does not exist here. `aws cognito-idp list-user-pools` shows what"
            f" does; the default pool is {default.pool_id}.",
        )

    async def _local_keys(self) -> tuple[Mapping[str, str], ...]:
        return ((await self._signing_key()).public, *self._sign_in_keys())

    def _stands(self, pool_id: str) -> bool:
        """Say whether a pool stands here: a default pool, or one that a client made in Cognito."""
        region = pools.region_of(pool_id)
        if pools.default_pool(Scope(self._home.account, region)).pool_id == pool_id:
            return True
        return any(known.pool_id == pool_id for _, known in self._known_pools.everywhere())

    async def _signing_key(self) -> SigningKey:
        kept = self._signing_keys.get(self._home, "signing")
        if kept is not None:
            return kept
        if self._making is None:
            self._making = asyncio.create_task(self._make_signing_key())
        return await asyncio.shield(self._making)

    async def _make_signing_key(self) -> SigningKey:
        return self._signing_keys.put(self._home, await asyncio.to_thread(new_key))

    async def _forging_key(self, kid: str) -> SigningKey:
        if self._forger is None:
            self._forger = await asyncio.to_thread(new_key, kid)
        return self._forger


def _pool_of(known: KnownPool, client_id: str | None) -> Pool:
    chosen = client_id or next(iter(known.client_ids), None)
    if chosen is None:
        raise ServiceError(
            "InvalidParameterException",
            f"User pool {known.pool_id} has no client. Make one in Cognito, or name one.",
        )
    return pools.Pool(known.pool_id, chosen, pools.region_of(known.pool_id))


def _configuration(pool_id: str, host: str) -> dict[str, object]:
    """Return a pool's discovery document, of which the parts stand here that can be served."""
    issuer = f"https://cognito-idp.{pools.region_of(pool_id)}.amazonaws.com/{pool_id}"
    base = issuer if pools.is_cognito_host(host, pool_id) else f"http://{host}/{pool_id}"
    return {
        "issuer": issuer,
        "jwks_uri": f"{base}/.well-known/jwks.json",
        "id_token_signing_alg_values_supported": ["RS256"],
        "response_types_supported": ["code", "token"],
        "scopes_supported": ["openid", "email", "phone", "profile"],
        "subject_types_supported": ["public"],
    }
