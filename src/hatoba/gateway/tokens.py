"""A JSON Web Token taken apart, strictly: what two readers could read differently is refused.

https://www.rfc-editor.org/rfc/rfc7515 (compact serialization), https://www.rfc-editor.org/rfc/rfc8725
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
from dataclasses import dataclass
from typing import NoReturn, TypeAlias

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"
Claims: TypeAlias = "dict[str, Json]"

_BASE64URL = re.compile(rb"[A-Za-z0-9_-]+\Z")
_TO_STANDARD = bytes.maketrans(b"-_", b"+/")
_SEGMENTS = 3
_DEEPEST = 32


class MalformedToken(Exception):
    """The text is not a token that can be judged. The text says why, in API Gateway's words."""


@dataclass(frozen=True, slots=True)
class Token:
    """A token as written: nothing of it is believed yet."""

    header: Claims
    claims: Claims
    signature: bytes
    signed: bytes


def decode(text: str) -> Token:
    """Take a compact JWS apart.

    Raises:
        MalformedToken: Not three segments of canonical base64url, or not JSON objects with unique names.
    """
    segments = text.split(".")
    if len(segments) != _SEGMENTS:
        raise MalformedToken("token contains an invalid number of segments")
    try:
        header, payload, signature = (_base64url(each.encode("ascii")) for each in segments)
        return Token(_object(header), _object(payload), signature, text.rpartition(".")[0].encode("ascii"))
    except (ValueError, RecursionError):
        raise MalformedToken("token is malformed") from None


def _base64url(text: bytes) -> bytes:
    """Decode unpadded base64url. Each value has one spelling only: no padding, no stray bits."""
    if not _BASE64URL.match(text):
        raise ValueError("not base64url")
    standard = text.translate(_TO_STANDARD) + b"=" * (-len(text) % 4)
    value = binascii.a2b_base64(standard, strict_mode=True)
    if base64.urlsafe_b64encode(value).rstrip(b"=") != text:
        raise ValueError("not canonical")
    return value


def _object(text: bytes) -> Claims:
    value: Json = json.loads(
        text.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_refuse, parse_float=_finite
    )
    if not isinstance(value, dict):
        raise ValueError("not an object")  # noqa: TRY004 - the text is wrong, not our types
    _refuse_depth(value, _DEEPEST)
    return value


def _unique(pairs: list[tuple[str, Json]]) -> Claims:
    claims = dict(pairs)
    if len(claims) != len(pairs):
        raise ValueError("a name occurs twice")
    return claims


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError("too large a number")
    return value


def _refuse_depth(value: Json, left: int) -> None:
    if not left:
        raise ValueError("nested too deep")
    if isinstance(value, dict):
        for each in value.values():
            _refuse_depth(each, left - 1)
    elif isinstance(value, list):
        for each in value:
            _refuse_depth(each, left - 1)
