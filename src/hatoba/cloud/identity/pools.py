"""Which user pool stands in an account and region, and how issuers are written. Pure."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from hatoba.cloud.state import Scope

_MIXED = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_LOWER = "abcdefghijklmnopqrstuvwxyz0123456789"
_HOST = re.compile(r"cognito-idp\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(?::\d+)?")
_POOL_ID = r"(?P<region>[a-z]{2}(?:-[a-z]+)+-\d)_[A-Za-z0-9]{1,55}"
_ISSUER = re.compile(
    rf"https://cognito-idp\.(?P<host_region>[a-z0-9-]+)\.amazonaws\.com/(?P<pool>{_POOL_ID})"
)
_WELL_KNOWN = re.compile(rf"/(?P<pool>{_POOL_ID})/\.well-known/(?P<document>openid-configuration|jwks\.json)")


class Pool(msgspec.Struct, frozen=True):
    """A user pool that stands locally, with its one client."""

    pool_id: str
    client_id: str
    region: str

    @property
    def endpoint(self) -> str:
        """The issuer without its scheme, as a user pool's ``endpoint`` reads in Terraform."""
        return f"cognito-idp.{self.region}.amazonaws.com/{self.pool_id}"

    @property
    def issuer(self) -> str:
        """Claim ``iss`` of its tokens."""
        return f"https://{self.endpoint}"


def default_pool(scope: Scope) -> Pool:
    """Return the pool that stands in an account and region from the start."""
    seed = f"{scope.account}/{scope.region}"
    return Pool(
        pool_id=f"{scope.region}_{_letters(f'pool/{seed}', 9, _MIXED)}",
        client_id=_letters(f"client/{seed}", 26, _LOWER),
        region=scope.region,
    )


def pool_of_issuer(issuer: str) -> str | None:
    """Return the id of the Cognito user pool that an issuer is; None for any other issuer."""
    found = _ISSUER.fullmatch(issuer)
    return found["pool"] if found and found["host_region"] == found["region"] else None


def region_of(pool_id: str) -> str:
    """Return the region that a pool's id begins with."""
    return pool_id.partition("_")[0]


def is_cognito_host(host: str, pool_id: str) -> bool:
    """Say whether a Host header is Cognito's own in the pool's region."""
    found = _HOST.fullmatch(host.lower())
    return found is not None and found["region"] == region_of(pool_id)


def well_known(path: str) -> tuple[str, str] | None:
    """Return the pool's id and the document that a path asks for, or None."""
    found = _WELL_KNOWN.fullmatch(path)
    return (found["pool"], found["document"]) if found else None


def _letters(seed: str, count: int, alphabet: str) -> str:
    number = int.from_bytes(hashlib.sha256(seed.encode()).digest(), "big")
    letters = []
    for _ in range(count):
        number, index = divmod(number, len(alphabet))
        letters.append(alphabet[index])
    return "".join(letters)
