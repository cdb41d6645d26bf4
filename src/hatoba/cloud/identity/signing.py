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

    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

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
    jwk = {name: _base64url(_octets(number)) for name, number in numbers.items()}
    chosen = kid or base64.b64encode(hashlib.sha256(jwk["n"].encode()).digest()).decode()
    return SigningKey(chosen, {**jwk, "kty": "RSA", "use": "sig", "alg": "RS256", "kid": chosen})


def signed(claims: Mapping[str, object], key: SigningKey) -> str:
    """Return the claims as a JWT, signed with RS256, with a header as Cognito's: ``kid`` and ``alg``."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    text = ".".join(
        _base64url(json.dumps(part).encode()) for part in ({"kid": key.kid, "alg": "RS256"}, dict(claims))
    )
    signature = _private(key).sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{text}.{_base64url(signature)}"


def unsigned(claims: Mapping[str, object], kid: str) -> str:
    """Return the claims as a token with algorithm ``none``, which no verifier may accept."""
    parts = ({"kid": kid, "alg": "none"}, dict(claims))
    return ".".join((*(_base64url(json.dumps(part).encode()) for part in parts), ""))


def _private(key: SigningKey) -> RSAPrivateKey:
    """Read a key that was made here: its primes need no second proof, which takes longer than a signature."""
    from cryptography.hazmat.primitives.asymmetric import rsa

    n, e, d, p, q, dp, dq, qi = (
        _number(key.jwk[name]) for name in ("n", "e", "d", "p", "q", "dp", "dq", "qi")
    )
    numbers = rsa.RSAPrivateNumbers(p, q, d, dp, dq, qi, rsa.RSAPublicNumbers(e, n))
    return numbers.private_key(unsafe_skip_rsa_key_validation=True)


def _octets(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def _number(text: str) -> int:
    return int.from_bytes(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), "big")


def _base64url(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()
