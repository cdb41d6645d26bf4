"""An attack corpus for the JWT authorizer: none passes, none raises, none is slow."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import sys
from itertools import count
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding

from hatoba.gateway.authorizer import Authorizer, Refused
from tests.unit.gateway.builders import NOW, authorizer, claims, encode, jwk, private_key, sign, token

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from hatoba.gateway.authorizer import Verdict

GOOD = token()
HEAD, BODY, SIGNATURE = GOOD.split(".")


def unsigned(header: object, signature: str = "") -> str:
    return f"{encode(json.dumps(header).encode())}.{BODY}.{signature}"


def hmac_with_public_key(algorithm: str, kind: str) -> str:
    public = private_key().public_key()
    secret = {
        "pem": public.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        ),
        "der": public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.PKCS1),
        "modulus": jwk()["n"].encode(),
        "empty": b"",
    }[kind]
    signed = f"{encode(json.dumps({'alg': algorithm, 'kid': 'one'}).encode())}.{BODY}"
    return f"{signed}.{encode(hmac.new(secret, signed.encode(), hashlib.sha256).digest())}"


def pss() -> str:
    signed = f"{encode(json.dumps({'alg': 'PS256', 'kid': 'one'}).encode())}.{BODY}"
    how = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=32)
    return f"{signed}.{encode(private_key().sign(signed.encode(), how, hashes.SHA256()))}"


def own_key_inside(**members: object) -> str:
    return sign({"alg": "RS256", **members}, claims(), "stranger")


def header(**members: object) -> str:
    return sign({"alg": "RS256", "kid": "one", **members}, claims())


def payload(text: bytes) -> str:
    return sign({"alg": "RS256", "kid": "one"}, text)


def decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "==")


def raised_signature() -> bytes:
    """Return another number that is the signature, but for a multiple of the modulus."""
    raised = int.from_bytes(decoded(SIGNATURE), "big") + private_key().public_key().public_numbers().n
    return raised.to_bytes(257, "big")


def unpadded() -> str:
    """Return a token whose signature begins with a zero, which is left out."""
    for number in count():
        head, _, signature = token(sub=str(number)).rpartition(".")
        value = decoded(signature)
        if value[0] == 0:
            return f"{head}.{encode(value[1:])}"
    raise AssertionError("not reached")


ATTACKS = {
    **{
        f"alg {each!r}": unsigned({"alg": each, "kid": "one"})
        for each in ("none", "None", "NONE", "nOnE", "", None, 0)
    },
    "alg none, signature kept": unsigned({"alg": "none", "kid": "one"}, SIGNATURE),
    "no alg": unsigned({"kid": "one"}, SIGNATURE),
    "alg in lower case": unsigned({"alg": "rs256", "kid": "one"}, SIGNATURE),
    "alg with a space": header(alg="RS256 "),
    "alg as list": header(alg=["RS256"]),
    "alg as object": header(alg={"RS256": 1}),
    "alg with wide digits": header(alg="RS\uff12\uff15\uff16"),
    "alg with a null byte": header(alg="RS256\0"),
    "alg RS1": header(alg="RS1"),
    "alg RSA-OAEP (to encrypt)": header(alg="RSA-OAEP", enc="A256GCM"),
    "alg dir (to encrypt)": unsigned({"alg": "dir", "enc": "A128GCM", "kid": "one"}, SIGNATURE),
    "alg ES256": unsigned({"alg": "ES256", "kid": "one"}, encode(bytes(64))),
    "alg PS256, really signed so": pss(),
    "another RS alg than signed with": sign({"alg": "RS512", "kid": "one"}, claims(), alg="RS256"),
    **{
        f"{algorithm} with the public key as {kind}": hmac_with_public_key(algorithm, kind)
        for algorithm in ("HS256", "hs256")
        for kind in ("pem", "der", "modulus", "empty")
    },
    "no kid": sign({"alg": "RS256"}, claims()),
    **{
        f"kid {kid!r}": sign({"alg": "RS256", "kid": kid}, claims(), "stranger")
        for kid in (
            "one",
            "unknown",
            "",
            None,
            0,
            ["one"],
            {"one": 1},
            "../../../../dev/null",
            "/proc/self/environ",
            "one' OR '1'='1",
            "one; DROP TABLE keys",
            "one\0",
            "http://evil.example/key",
            "one\r\nx: y",
            "x" * 4000,
        )
    },
    "kid of another key": sign({"alg": "RS256", "kid": "two"}, claims(), "one"),
    "kid in other case": sign({"alg": "RS256", "kid": "ONE"}, claims()),
    "kid with a space after": sign({"alg": "RS256", "kid": "one "}, claims()),
    "own key as jwk": own_key_inside(jwk=jwk("stranger")),
    "own key as jwk with a known kid": own_key_inside(kid="one", jwk=jwk("stranger")),
    "jku": own_key_inside(kid="stranger", jku="http://127.0.0.1:1/jwks.json"),
    "jku of the issuer's host": own_key_inside(kid="one", jku="https://issuer.example@evil.example/keys"),
    "x5u": own_key_inside(kid="stranger", x5u="file:///etc/passwd"),
    "x5c": own_key_inside(kid="stranger", x5c=["MIIB"]),
    "crit": header(crit=["exp"]),
    "crit empty": header(crit=[]),
    "b64 false": header(b64=False, crit=["b64"]),
    "no exp": token(exp=None),
    "exp as text": token(exp=str(NOW + 99)),
    "exp true": token(exp=True),
    "exp null": payload(json.dumps(claims() | {"exp": None}).encode()),
    "exp as list": token(exp=[NOW + 99]),
    "exp Infinity": payload(json.dumps(claims(exp=float("inf"))).encode()),
    "exp NaN": payload(json.dumps(claims(exp=float("nan"))).encode()),
    "exp 1e999": payload(json.dumps(claims()).encode().replace(b'"exp": 1790000600.0', b'"exp": 1e999')),
    "exp of 5,000 digits": payload(b'{"iss":"x","exp":' + b"9" * 5000 + b"}"),
    "exp negative": token(exp=-1),
    "exp as text of a number beyond ASCII": token(exp="\u0661\u0667"),
    "nbf as text": token(nbf=str(NOW - 5)),
    "iat in a far future": token(iat=NOW * 2),
    "exp of 400 digits": payload(json.dumps(claims()).encode().replace(b"1790000600.0", b"9" * 400)),
    "exp twice": payload(json.dumps(claims(exp=1)).encode()[:-1] + b',"exp":1790000600}'),
    "aud twice": payload(json.dumps(claims(aud="x")).encode()[:-1] + b',"aud":"client"}'),
    "iss twice, once escaped": payload(json.dumps(claims()).encode()[:-1] + b',"\\u0069ss":"x"}'),
    "alg twice": sign(b'{"alg":"none","alg":"RS256","kid":"one"}', claims()),
    "claim twice in an object": payload(json.dumps(claims()).encode()[:-1] + b',"x":{"a":1,"a":2}}'),
    "aud as object": token(aud={"client": 1}),
    "aud as nested list": token(aud=[["client"]]),
    "aud with a null byte": token(aud="client\0"),
    "aud in other case": token(aud="CLIENT"),
    "aud with look-alike letters": token(aud="\u0441lient"),
    "iss with a slash more": token(iss="https://issuer.example/pool/"),
    "iss in other case": token(iss="HTTPS://issuer.example/pool"),
    "iss as prefix": token(iss="https://issuer.example/pool.evil.example"),
    "iss of another pool": token(iss="https://issuer.example/pool2"),
    "iss as list": token(iss=["https://issuer.example/pool"]),
    "no iss": token(iss=None),
    "no aud, and a client_id as list": token(aud=None, client_id=["client"]),
    "aud empty, and the right client_id": token(aud="", client_id="client"),
    "aud null, and the right client_id": payload(
        json.dumps(claims(client_id="client") | {"aud": None}).encode()
    ),
    "payload of many objects": payload(b'{"x":[' + b"{}," * 2000 + b"{}]}"),
    "payload of many names": payload(json.dumps({str(each): each for each in range(700)}).encode()),
    "a token in the payload": payload(json.dumps(GOOD).encode()),
    "payload a list": payload(b"[]"),
    "payload a string": payload(b'"x"'),
    "payload null": payload(b"null"),
    "payload empty": payload(b""),
    "payload not UTF-8": payload(b'{"iss":"\xff"}'),
    "payload UTF-16": payload(json.dumps(claims()).encode("utf-16")),
    "payload with BOM": payload(b"\xef\xbb\xbf" + json.dumps(claims()).encode()),
    "payload with text after it": payload(json.dumps(claims()).encode() + b"x"),
    "payload with a comment": payload(b"/**/" + json.dumps(claims()).encode()),
    "payload deep": payload(b'{"x":' + b"[" * 3000 + b"]" * 3000 + b"}"),
    "payload very deep": payload(b"[" * 100_000),
    "header empty": f"..{SIGNATURE}",
    "signature missing": f"{HEAD}.{BODY}.",
    "signature cut by one letter": GOOD[:-1],
    "signature cut by half": GOOD[:-170],
    "signature of one byte": f"{HEAD}.{BODY}.{encode(b'x')}",
    "signature of zeroes": f"{HEAD}.{BODY}.{encode(bytes(256))}",
    "signature too long": f"{HEAD}.{BODY}.{encode(bytes(300))}",
    "signature and the modulus": f"{HEAD}.{BODY}.{encode(raised_signature())}",
    "signature with a zero before": f"{HEAD}.{BODY}.{encode(bytes(1) + decoded(SIGNATURE))}",
    "signature backwards": f"{HEAD}.{BODY}.{encode(decoded(SIGNATURE)[::-1])}",
    "signature without a zero at its start": unpadded(),
    "header and payload changed round": f"{BODY}.{HEAD}.{SIGNATURE}",
    "signature of another token": f"{HEAD}.{BODY}.{token(sub='other').split('.')[2]}",
    "payload of another token": f"{HEAD}.{token(sub='admin').split('.')[1]}.{SIGNATURE}",
    "padded": f"{HEAD}.{BODY}.{SIGNATURE}==",
    "padded inside": f"{HEAD}=.{BODY}.{SIGNATURE}",
    "standard base64": f"{HEAD}.{BODY}.{base64.b64encode(bytes([251, 255] * 128)).decode()}",
    "stray bits in the last letter": GOOD[:-1] + chr(ord(GOOD[-1]) + 1),
    "white space inside": f"{HEAD}. {BODY}.{SIGNATURE}",
    "line end inside": f"{HEAD}.{BODY}.{SIGNATURE}\n",
    "tab after": f"{HEAD}.{BODY}\t.{SIGNATURE}",
    "null byte": f"{HEAD}.{BODY}.{SIGNATURE}\0",
    "letters beyond ASCII": f"{HEAD}.{BODY}.{SIGNATURE}é",
    "wide dots": GOOD.replace(".", "\uff0e"),
    "two tokens, as two headers give": f"Bearer {GOOD},Bearer {GOOD}",
    "bearer twice": f"Bearer Bearer {GOOD}",
    "another scheme": f"Basic {GOOD}",
    "a tab after Bearer": f"Bearer\t{GOOD}",
    "a no-break space after Bearer": f"Bearer\xa0{GOOD}",
    "a comma after Bearer": f"Bearer,{GOOD}",
    "an empty token and a good one": f"Bearer ,Bearer {GOOD}",
    "Bearer token=": f"Bearer token={GOOD}",
    "four segments, the last empty": f"{GOOD}.",
    "five segments (JWE)": f"{GOOD}.x.y",
    "JSON serialization": json.dumps(
        {"payload": BODY, "signatures": [{"protected": HEAD, "signature": SIGNATURE}]}
    ),
    "quoted": f'"{GOOD}"',
    "percent-encoded": GOOD.replace(".", "%2E"),
    "huge": "a" * 1_000_000,
    "huge with dots": "." * 1_000_000,
    "huge segment": f"{HEAD}.{'A' * 1_000_000}.{SIGNATURE}",
}


def calls(work: Callable[[], object]) -> int:
    """Count the calls, of Python's and C's functions, that work takes: the same on every machine."""
    counted = [0]

    def add(_frame: FrameType, event: str, _of: object) -> None:
        counted[0] += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(add)
    try:
        work()
    finally:
        sys.setprofile(before)
    return counted[0]


@pytest.mark.parametrize("name", ATTACKS)
@pytest.mark.parametrize("prefix", ["", "Bearer "])
def test_an_attack_is_refused_with_401_and_soon(name: str, prefix: str) -> None:
    judge = Authorizer(authorizer())
    judge.judge(token(sub="first"), (), NOW)  # what is imported or loaded once is not the attack's work
    asked = prefix + ATTACKS[name]
    verdicts: list[Verdict] = []

    taken = calls(lambda: verdicts.append(judge.judge(asked, (), NOW)))

    assert isinstance(verdicts[0], Refused)
    assert verdicts[0].status == 401
    assert taken < 500 + 4 * len(asked)


@pytest.mark.parametrize("name", ATTACKS)
def test_no_attack_can_break_out_of_the_challenge(name: str) -> None:
    verdict = Authorizer(authorizer()).judge(ATTACKS[name], (), NOW)
    assert isinstance(verdict, Refused)
    challenge = verdict.challenge(())
    assert challenge.count('"') in {0, 6}
    assert challenge.isprintable()


def test_the_token_that_the_attacks_start_from_is_good() -> None:
    assert not isinstance(Authorizer(authorizer()).judge(GOOD, (), NOW), Refused)
