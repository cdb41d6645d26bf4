"""What the local issuer keeps, and what it can be asked for."""

from __future__ import annotations

from typing import Literal

import msgspec

Wrong = Literal["expired", "not-yet-valid", "audience", "issuer", "forged", "alg-none"]

DEFAULT_LIFETIME_S = 3600


class TokenRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a token shall say. Decoded from JSON as it stands (``POST /_hatoba/token``).

    Attributes:
        use: ``id`` or ``access``, as claim ``token_use`` has it.
        subject: Claim ``sub``, and the user's name.
        pool_id: The user pool that issues it; the client's when only that is given, else the default one.
        client_id: The client it is for; the pool's own when not given.
        scopes: Of an access token; an ID token has none.
        claims: Further claims, over those that a token of Cognito has.
        lifetime_s: Seconds from now to claim ``exp``.
        wrong: Makes a token that must be refused, in one way only: ``expired``, ``not-yet-valid``,
            for another ``audience``, by another ``issuer``, ``forged`` (signed by another key under the
            same ``kid``), or ``alg-none`` (not signed at all).
    """

    use: Literal["id", "access"] = "id"
    subject: str = "local-user"
    pool_id: str | None = None
    client_id: str | None = None
    scopes: tuple[str, ...] = ()
    claims: dict[str, object] = {}
    lifetime_s: int = DEFAULT_LIFETIME_S
    wrong: Wrong | None = None


class SigningKey(msgspec.Struct, frozen=True):
    """The issuer's RSA key as JWK members, private ones included."""

    kid: str
    jwk: dict[str, str]
    key: str = "signing"

    @property
    def public(self) -> dict[str, str]:
        """The members that everyone may see."""
        return {name: self.jwk[name] for name in ("kty", "use", "alg", "kid", "n", "e")}


class KnownPool(msgspec.Struct, frozen=True):
    """A pool that stands here: made by a client in Cognito, or an account's default pool once asked for.

    Attributes:
        is_made: Whether a client made it, so that it may go again.
    """

    pool_id: str
    client_ids: tuple[str, ...] = ()
    is_made: bool = False

    @property
    def key(self) -> str:
        """The pool's id."""
        return self.pool_id
