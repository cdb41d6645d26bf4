"""Which names, paths, descriptions and tags IAM takes.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hatoba.cloud.iam.errors import invalid_input, limit_exceeded
from hatoba.cloud.wire import ValidationError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from types_boto3_iam.type_defs import TagTypeDef

MOST_TAGS = 50
_NAME = r"[\w+=,.@-]+"
_PATH = r"(\u002F)|(\u002F[\u0021-\u007E]+\u002F)"
_DESCRIPTION = r"[\u0009\u000A\u000D\u0020-\u007E\u00A1-\u00FF]*"


def check_name(member: str, value: str, longest: int) -> None:
    """Refuse a name that does not fit the service's model."""
    _check(member, value, _NAME, longest)


def check_path(path: str) -> None:
    """Refuse a path that is not ``/`` and not ``/…/``."""
    _check("path", path, _PATH, 512)


def check_description(text: str | None, longest: int = 1000) -> None:
    """Refuse a description with characters or a length that IAM does not take."""
    if text:
        _check("description", text, _DESCRIPTION, longest)


def check_session(seconds: int) -> None:
    """Refuse a session that is shorter than an hour or longer than twelve."""
    if not 3600 <= seconds <= 43_200:  # noqa: PLR2004 - one hour, twelve hours
        raise ValidationError(
            f"1 validation error detected: Value '{seconds}' at 'maxSessionDuration' failed to satisfy"
            " constraint: Member must have a value between 3600 and 43200"
        )


def merged_tags(old: Mapping[str, str], sent: Sequence[TagTypeDef] | None) -> dict[str, str]:
    """Return tags as they are after adding those sent."""
    keys = [tag["Key"].lower() for tag in sent or ()]
    if len(keys) != len(set(keys)):
        raise invalid_input("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
    merged = {**old, **{tag["Key"]: tag["Value"] for tag in sent or ()}}
    if len(merged) > MOST_TAGS:
        raise limit_exceeded(f"The number of tags has reached the maximum limit of {MOST_TAGS}.")
    for key, value in merged.items():
        _check("tags.member.key", key, r".+", 128)
        _check("tags.member.value", value, r".*", 256)
    return merged


def _check(member: str, value: str, pattern: str, longest: int) -> None:
    faults = []
    if not re.fullmatch(pattern, value, re.ASCII | re.DOTALL):
        faults.append(f"Member must satisfy regular expression pattern: {pattern}")
    if len(value) > longest:
        faults.append(f"Member must have length less than or equal to {longest}")
    if faults:
        found = "; ".join(
            f"Value '{value}' at '{member}' failed to satisfy constraint: {fault}" for fault in faults
        )
        plural = "s" if len(faults) > 1 else ""
        raise ValidationError(f"{len(faults)} validation error{plural} detected: {found}")
