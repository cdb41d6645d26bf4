"""A JWT authorizer's verdict on a token: API Gateway's checks, in its order, with its texts.

Token present → three segments → algorithm and signature by the key that ``kid`` names → ``iss`` → ``aud``,
or ``client_id`` where there is no ``aud`` → ``exp`` → ``nbf`` → ``iat`` → ``scope`` or ``scp``.
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html

A verified token is kept, so that its signature is checked once; its times are checked at each request.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NoReturn, TypeAlias, final

from hatoba.gateway.keys import KeySet
from hatoba.gateway.tokens import Claims, MalformedToken, decode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hatoba.gateway.snapshot import JwtAuthorizer
    from hatoba.gateway.tokens import Json

REMEMBERED_TOKENS = 2_000


@dataclass(frozen=True, slots=True)
class Admitted:
    """The token is good. Its claims are for the access log and for parameter mapping."""

    claims: Claims


@dataclass(frozen=True, slots=True)
class Refused:
    """The token is not good.

    Attributes:
        code: ``missing`` and ``invalid_token`` are a 401, ``insufficient_scope`` is a 403.
        description: Why, as in ``www-authenticate`` and after the code in ``$context.authorizer.error``.
        claim: What of the token failed: a claim, a member of its header, or the ``token`` or ``signature``.
    """

    code: Literal["missing", "invalid_token", "insufficient_scope"]
    description: str
    claim: str = "token"

    @property
    def status(self) -> int:
        """The HTTP status."""
        return 403 if self.code == "insufficient_scope" else 401

    @property
    def error(self) -> str:
        """``$context.authorizer.error``."""
        return f"{self.code}: {self.description}"

    def challenge(self, scopes: Sequence[str]) -> str:
        """Return ``www-authenticate`` for a route that asks for these scopes."""
        if self.code == "missing":
            return "Bearer"
        wanted = " ".join(scopes)
        return f'Bearer scope="{wanted}" error="{self.code}" error_description="{self.description}"'


Verdict: TypeAlias = Admitted | Refused

_MISSING = Refused("missing", "token not provided")
_SCOPES = Refused("insufficient_scope", "the token does not have a required scope", "scope")


@dataclass(frozen=True, slots=True)
class _Verified:
    """A token whose signature, issuer and audience are good: what is left is a matter of the moment."""

    admitted: Admitted
    expires_at: float
    not_before: float
    issued_at: float
    scopes: frozenset[str]


class _Invalid(Exception):
    def __init__(self, why: str, claim: str) -> None:
        super().__init__(why)
        self.claim = claim


@final
class Authorizer:
    """One authorizer of the snapshot, with its keys loaded and the tokens it has verified."""

    def __init__(self, config: JwtAuthorizer) -> None:
        self.config = config
        self._keys = KeySet(config.keys)
        self._audience = frozenset(config.audience)
        self._verified: dict[str, _Verified] = {}

    def judge(self, source: str | None, scopes: Sequence[str], now: float) -> Verdict:
        """Judge the value found at the identity source, for a route with these scopes, at epoch ``now``."""
        verified = None if source is None else self._verified.get(source)
        try:
            if verified is None:
                text = token_of(source)
                if source is None or not text:
                    return _MISSING
                verified = self._remember(source, self._verify(text))
            if verified.expires_at <= now or verified.not_before > now or verified.issued_at > now:
                _refuse_times(verified, now)
        except MalformedToken as error:
            return Refused("invalid_token", str(error))
        except _Invalid as error:
            return Refused("invalid_token", str(error), error.claim)
        if scopes and verified.scopes.isdisjoint(scopes):
            return _SCOPES
        return verified.admitted

    def _remember(self, source: str, verified: _Verified) -> _Verified:
        if len(self._verified) >= REMEMBERED_TOKENS:
            del self._verified[next(iter(self._verified))]
        self._verified[source] = verified
        return verified

    def _verify(self, text: str) -> _Verified:
        token = decode(text)
        algorithm = token.header.get("alg")
        if not isinstance(algorithm, str) or not self._keys.knows_algorithm(algorithm):
            raise _Invalid("signing method is invalid", "alg")
        if "crit" in token.header:
            raise _Invalid("token has critical headers that are not understood", "crit")
        if self.config.keys_error is not None:
            raise _Invalid(self.config.keys_error, "iss")
        kid = token.header.get("kid")
        key = self._keys.find(kid, algorithm) if isinstance(kid, str) else None
        if key is None:
            raise _Invalid("unable to find a key that matches the token's kid", "kid")
        if not key.verifies(token.signature, token.signed, algorithm):
            raise _Invalid("signature is invalid", "signature")
        return self._believe(token.claims)

    def _believe(self, claims: Claims) -> _Verified:
        if claims.get("iss") != self.config.issuer:
            raise _Invalid("issuer does not match", "iss")
        if not self._is_audience(claims):
            raise _Invalid(
                "the token does not have a valid audience", "aud" if "aud" in claims else "client_id"
            )
        expires_at = _time(claims, "exp")
        if expires_at is None:
            raise _Invalid("the token does not have an expiration time", "exp")
        return _Verified(
            Admitted(claims),
            expires_at,
            _time(claims, "nbf") or 0.0,
            _time(claims, "iat") or 0.0,
            _scopes(claims),
        )

    def _is_audience(self, claims: Claims) -> bool:
        if "aud" not in claims:
            client_id = claims.get("client_id")
            return isinstance(client_id, str) and client_id in self._audience
        named = claims["aud"]
        audiences = named if isinstance(named, list) else [named]
        return any(isinstance(each, str) and each in self._audience for each in audiences)


def token_of(source: str | None) -> str:
    """Return the token in an identity source's value, which may bear the prefix ``Bearer``, or ``""``."""
    value = (source or "").strip(" \t")
    scheme, _, rest = value.partition(" ")
    return rest.strip(" \t") if scheme.lower() == "bearer" else value


def _time(claims: Claims, name: str) -> float | None:
    value = claims.get(name)
    if value is None and name not in claims:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _Invalid(f"the token's {name} is not a number", name)
    try:
        return float(value)
    except OverflowError:
        raise _Invalid(f"the token's {name} is not a number", name) from None


def _scopes(claims: Claims) -> frozenset[str]:
    found = (*_words(claims.get("scope")), *_words(claims.get("scp")))
    return frozenset(found)


def _words(value: Json) -> list[str]:
    if isinstance(value, str):
        return value.split()
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _refuse_times(verified: _Verified, now: float) -> NoReturn:
    if verified.expires_at <= now:
        raise _Invalid("the token has expired", "exp")
    if verified.not_before > now:
        raise _Invalid("the token is not valid yet", "nbf")
    raise _Invalid("the token is used before it was issued", "iat")
