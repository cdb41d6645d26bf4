"""The one door to RSA: an issuer's public keys, and whether they made a signature."""

from __future__ import annotations

from base64 import urlsafe_b64decode
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

ALGORITHMS = {"RS256": "SHA256", "RS384": "SHA384", "RS512": "SHA512"}
SMALLEST_BITS = 1024
LARGEST_BITS = 8192


class Key:
    """One public RSA key of a key set, and the one algorithm it is for, where the set names it."""

    def __init__(self, public: RSAPublicKey, algorithm: str | None) -> None:
        self._public = public
        self.algorithm = algorithm

    def verifies(self, signature: bytes, signed: bytes, algorithm: str) -> bool:
        """Tell whether this key's owner signed ``signed`` with RSASSA-PKCS1-v1_5."""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import padding

        digest: hashes.HashAlgorithm = getattr(hashes, ALGORITHMS[algorithm])()
        try:
            self._public.verify(signature, signed, padding.PKCS1v15(), digest)
        except InvalidSignature:
            return False
        return True


class KeySet:
    """An issuer's keys by ``kid``. What is not an RSA signature key is passed over."""

    def __init__(self, jwks: Iterable[Mapping[str, str]]) -> None:
        self._keys: dict[str, list[Key]] = {}
        for jwk in jwks:
            key = _load(jwk)
            if key is not None:
                self._keys.setdefault(jwk["kid"], []).append(key)

    @staticmethod
    def knows_algorithm(algorithm: str) -> bool:
        """Tell whether ``algorithm`` is one of the RSA ones that API Gateway takes, spelled exactly."""
        return algorithm in ALGORITHMS

    def find(self, kid: str, algorithm: str) -> Key | None:
        """Return the key of this ``kid`` that is good for ``algorithm``, if there is one."""
        for key in self._keys.get(kid, ()):
            if key.algorithm in {None, algorithm}:
                return key
        return None


def _load(jwk: Mapping[str, str]) -> Key | None:
    if jwk.get("kty", "RSA") != "RSA" or jwk.get("use", "sig") != "sig" or not jwk.get("kid"):
        return None
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers

    try:
        modulus, exponent = _integer(jwk["n"]), _integer(jwk["e"])
        if not SMALLEST_BITS <= modulus.bit_length() <= LARGEST_BITS:
            return None
        return Key(RSAPublicNumbers(exponent, modulus).public_key(), jwk.get("alg"))
    except (KeyError, ValueError):
        return None


def _integer(text: str) -> int:
    return int.from_bytes(urlsafe_b64decode(text + "=" * (-len(text) % 4)), "big")
