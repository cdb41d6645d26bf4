"""The door to keys and signatures: RSA keys made, tokens signed.

Both import much and compute long, so they are called in a thread.
"""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING

from hatoba.cloud.identity.model import SigningKey

if TYPE_CHECKING:
    from collections.abc import Mapping

KEY_BITS = 2048


def new_key(kid: str | None = None) -> SigningKey:
    """Make an RSA key; ``kid`` is derived from it when not given.

    cryptography alone does it: joserfc takes four times as long to import, and a cloud that starts needs
    a key before it needs a token.
    """
    from cryptography.hazmat.primitives.asymmetric import rsa

    private = rsa.generate_private_key(public_exponent=65_537, key_size=KEY_BITS).private_numbers()
    numbers = {
        "n": private.public_numbers.n,
        "e": private.public_numbers.e,
        "d": private.d,
        "p": private.p,
        "q": private.q,
        "dp": private.dmp1,
        "dq": private.dmq1,
        "qi": private.iqmp,
    }
    jwk = {name: _base64url(number) for name, number in numbers.items()}
    chosen = kid or base64.b64encode(hashlib.sha256(jwk["n"].encode()).digest()).decode()
    return SigningKey(chosen, {**jwk, "kty": "RSA", "use": "sig", "alg": "RS256", "kid": chosen})


def signed(claims: Mapping[str, object], key: SigningKey) -> str:
    """Return the claims as a JWT, signed with RS256, with a header as Cognito's: ``kid`` and ``alg``."""
    from joserfc import jws
    from joserfc.jwk import RSAKey

    header = {"kid": key.kid, "alg": "RS256"}
    return jws.serialize_compact(header, json.dumps(dict(claims)).encode(), RSAKey.import_key(dict(key.jwk)))


def unsigned(claims: Mapping[str, object], kid: str) -> str:
    """Return the claims as a token with algorithm ``none``, which no verifier may accept."""
    parts = ({"kid": kid, "alg": "none"}, dict(claims))
    encoded = (base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts)
    return ".".join((*encoded, ""))


def _base64url(number: int) -> str:
    octets = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()
