"""Which tags IAM takes.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hatoba.cloud.iam.errors import invalid_input, limit_exceeded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from types_boto3_iam.type_defs import TagTypeDef

MOST_TAGS = 50


def merged_tags(old: Mapping[str, str], sent: Sequence[TagTypeDef] | None) -> dict[str, str]:
    """Return tags as they are after adding those sent."""
    keys = [tag["Key"].lower() for tag in sent or ()]
    if len(keys) != len(set(keys)):
        raise invalid_input("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
    merged = {**old, **{tag["Key"]: tag["Value"] for tag in sent or ()}}
    if len(merged) > MOST_TAGS:
        raise limit_exceeded(f"The number of tags has reached the maximum limit of {MOST_TAGS}.")
    return merged
