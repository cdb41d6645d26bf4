"""What a definition only points at: secrets and environment files, read from their ARNs and names.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specifying-sensitive-data.html
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/taskdef-envfiles.html
"""

from __future__ import annotations

import json

import msgspec

_ARN_PARTS = 7  # arn:aws:secretsmanager:region:account:secret:name
_S3 = "arn:aws:s3:::"


class BadReference(ValueError):
    """It does not lead to a value. The text says why."""


class SecretReference(msgspec.Struct, frozen=True):
    """A secret of Secrets Manager, or a member of one that is JSON."""

    region: str
    arn: str
    json_key: str = ""
    version_stage: str = ""
    version_id: str = ""


class ParameterReference(msgspec.Struct, frozen=True):
    """A parameter of Systems Manager."""

    region: str
    name: str


def secret(value_from: str, region: str) -> SecretReference | ParameterReference:
    """Read ``valueFrom``: a secret's ARN with up to three parts more, a parameter's ARN, or its name."""
    if value_from.startswith("arn:") and ":secretsmanager:" in value_from:
        parts = value_from.split(":")
        key, stage, version = (*parts[_ARN_PARTS:], "", "", "")[:3]
        return SecretReference(parts[3], ":".join(parts[:_ARN_PARTS]), key, stage, version)
    if value_from.startswith("arn:") and ":ssm:" in value_from:
        path = value_from.split(":", 5)[5].removeprefix("parameter")
        # A name with a path begins with a slash; a plain one does not, though its ARN has one.
        return ParameterReference(value_from.split(":")[3], path if path.count("/") > 1 else path[1:])
    return ParameterReference(region, value_from)


def member(text: str, key: str) -> str:
    """Return a member of a secret that is a JSON object.

    Raises:
        BadReference: It is none, or has no such member.
    """
    try:
        members = json.loads(text)
    except ValueError as error:
        raise BadReference("the secret is not JSON") from error
    if not isinstance(members, dict) or key not in members:
        raise BadReference(f"retrieved secret from Secrets Manager did not contain json key {key}")
    value = members[key]
    return value if isinstance(value, str) else json.dumps(value)


def bucket_and_key(arn: str) -> tuple[str, str]:
    """Return an environment file's bucket and key.

    Raises:
        BadReference: It is not the ARN of an S3 object.
    """
    bucket, _, key = arn.removeprefix(_S3).partition("/")
    if not arn.startswith(_S3) or not key:
        raise BadReference(f"{arn} is not the ARN of an S3 object")
    return bucket, key


def variables(text: str) -> dict[str, str]:
    """Return the variables of an environment file: ``NAME=VALUE`` by line, comments begin with ``#``.

    As Docker reads such a file: values are what stands there, blanks and quotes too, and of a name that
    stands there twice the last one counts.
    """
    found: dict[str, str] = {}
    for written in text.split("\n"):
        line = written.removesuffix("\r").lstrip()
        name, equals, value = line.partition("=")
        if equals and name and not line.startswith("#"):
            found[name.rstrip()] = value
    return found
