"""Secrets and environment files, fetched once before a task's containers start.

As on AWS a change of the secret afterwards reaches new tasks only.
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specifying-sensitive-data.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hatoba.cloud.ecs.control import references
from hatoba.cloud.state import Scope
from hatoba.cloud.wire import ServiceError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hatoba.cloud.ecs.act.outside import Outside
    from hatoba.cloud.ecs.definition import ContainerDefinition, EnvironmentFile


class CannotResolve(Exception):
    """A value cannot be had; the text is the task's stopped reason."""


async def secrets(outside: Outside, scope: Scope, definition: ContainerDefinition) -> dict[str, str]:
    """Return a container's secrets by the names of their variables.

    Raises:
        CannotResolve: With the first that cannot be had.
    """
    found: dict[str, str] = {}
    for each in definition.secrets:
        try:
            found[each.name] = await _secret(outside, scope, each.value_from)
        except (references.BadReference, ServiceError) as error:
            raise CannotResolve(
                "ResourceInitializationError: unable to pull secrets or registry auth: execution resource"
                f" retrieval failed: unable to retrieve secret {each.value_from}: {error}"
            ) from error
    return found


async def _secret(outside: Outside, scope: Scope, value_from: str) -> str:
    reference = references.secret(value_from, scope.region)
    there = Scope(scope.account, reference.region)
    if isinstance(reference, references.ParameterReference):
        answer = await outside.ask(there, "ssm", "GetParameter", Name=reference.name, WithDecryption=True)
        return str(answer["Parameter"]["Value"])
    wanted = {
        "SecretId": reference.arn,
        "VersionStage": reference.version_stage,
        "VersionId": reference.version_id,
    }
    given = {name: value for name, value in wanted.items() if value}
    answer = await outside.ask(there, "secretsmanager", "GetSecretValue", **given)
    if "SecretString" not in answer:
        raise references.BadReference("the secret has no text")
    text = str(answer["SecretString"])
    return references.member(text, reference.json_key) if reference.json_key else text


async def environment_files(
    outside: Outside, scope: Scope, files: Sequence[EnvironmentFile]
) -> dict[str, str]:
    """Return the variables of environment files; of a name in several files the first one counts.

    Raises:
        CannotResolve: With the first file that cannot be had.
    """
    found: dict[str, str] = {}
    for each in files:
        try:
            bucket, key = references.bucket_and_key(each.value)
            answer = await outside.ask(scope, "s3", "GetObject", Bucket=bucket, Key=key)
            text = bytes(answer["Body"]).decode("utf-8-sig")
        except (references.BadReference, ServiceError, UnicodeDecodeError) as error:
            raise CannotResolve(
                f"ResourceInitializationError: failed to download env files: {each.value}: {error}"
            ) from error
        found = {**references.variables(text), **found}
    return found
