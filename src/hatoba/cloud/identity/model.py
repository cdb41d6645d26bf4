"""What the local issuer keeps, and what it can be asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import msgspec

Wrong = Literal["expired", "not-yet-valid", "audience", "issuer", "forged", "alg-none"]

DEFAULT_LIFETIME_S = 3600


class TokenRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a token shall say. Decoded from JSON as it stands (``POST /_hatoba/token``).

    Attributes:
        use: ``id`` or ``access``, as claim ``token_use`` has it.
        subject: Claim ``sub``, and the user's name.
        client_id: The client it is for; the local pool's own when not given.
        scopes: Of an access token; an ID token has none.
        claims: Further claims, over those that a token of Cognito has.
        lifetime_s: Seconds from now to claim ``exp``.
        wrong: Makes a token that must be refused, in one way only: ``expired``, ``not-yet-valid``,
            for another ``audience``, by another ``issuer``, ``forged`` (signed by another key under the
            same ``kid``), or ``alg-none`` (not signed at all).
    """

    use: Literal["id", "access"] = "id"
    subject: str = "local-user"
    client_id: str | None = None
    scopes: tuple[str, ...] = ()
    claims: dict[str, object] = {}
    lifetime_s: int = DEFAULT_LIFETIME_S
    wrong: Wrong | None = None


@dataclass(frozen=True, slots=True)
class SigningKey:
    """The issuer's RSA key as JWK members, private ones included."""

    kid: str
    jwk: dict[str, str]
    key: str = "signing"

    @property
    def public(self) -> dict[str, str]:
        """The members that everyone may see."""
        return {name: self.jwk[name] for name in ("kty", "use", "alg", "kid", "n", "e")}


@dataclass(frozen=True, slots=True)
class KnownPool:
    """A default pool of an account that asked for it, so that its id is recognised afterwards."""

    pool_id: str

    @property
    def key(self) -> str:
        """The pool's id."""
        return self.pool_id
