"""The AWS managed policies that such systems attach, with AWS's own documents.

The documents stand in ``aws_managed_policies.json``, read when a policy is first asked for. An ARN that
is not in it is refused as AWS refuses one that does not exist.
https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html
"""

from __future__ import annotations

import base64
import hashlib
from datetime import datetime  # noqa: TC003 - msgspec reads the annotation at run time
from functools import cached_property
from importlib.resources import files

import msgspec

from hatoba.cloud.iam.model import Policy, PolicyVersion

PREFIX = "arn:aws:iam::aws:policy"


class _Entry(msgspec.Struct):
    path: str
    created: datetime
    updated: datetime
    version: str
    document: msgspec.Raw


class Catalogue:
    """The AWS managed policies that are known here."""

    def find(self, arn: str) -> Policy | None:
        """Return a policy by its ARN."""
        return self._by_arn.get(arn) if arn.startswith(PREFIX) else None

    def list(self) -> tuple[Policy, ...]:
        """Return all of them, by ARN."""
        return tuple(self._by_arn.values())

    @cached_property
    def _by_arn(self) -> dict[str, Policy]:
        text = files("hatoba.cloud.iam").joinpath("aws_managed_policies.json").read_bytes()
        entries = msgspec.json.decode(text, type=dict[str, _Entry])
        policies = (_policy(name, entry) for name, entry in entries.items())
        return {policy.arn: policy for policy in sorted(policies, key=lambda policy: policy.arn)}


def _policy(name: str, entry: _Entry) -> Policy:
    updated_at = entry.updated.timestamp()
    identifier = base64.b32encode(hashlib.sha256(name.encode()).digest()).decode()[:17]
    return Policy(
        arn=f"{PREFIX}{entry.path}{name}",
        name=name,
        path=entry.path,
        policy_id=f"ANPA{identifier}",
        created_at=entry.created.timestamp(),
        updated_at=updated_at,
        versions=(PolicyVersion(entry.version, bytes(entry.document).decode(), updated_at),),
        default_version=entry.version,
        last_number=int(entry.version.removeprefix("v")),
        is_aws_managed=True,
    )
