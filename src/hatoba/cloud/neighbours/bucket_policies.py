"""Bucket policies as far as moto can judge them: statements with a condition are set aside for a call.

moto takes a condition that it cannot look up for a refusal, so the usual "deny what does not come by TLS",
which CDK's bootstrap puts on its bucket too, would refuse every object. Nothing else in the local cloud
enforces policies; what was put is what GetBucketPolicy returns.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-bucket-policies.html
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hatoba.cloud.wire.http import HttpRequest


class Bucket(Protocol):
    """The part of moto's bucket that this is about."""

    policy: bytes | None


def bucket_name(request: HttpRequest, host_bucket: str | None) -> str:
    """Return the bucket that a request is for, empty for none.

    Args:
        request: A request for S3.
        host_bucket: The bucket in the Host name, if it stands there.
    """
    return host_bucket or request.path.removeprefix("/").partition("/")[0]


def is_about_policy(request: HttpRequest) -> bool:
    """Say whether the request reads or writes the policy itself."""
    return request.query.startswith("policy")


@contextmanager
def conditions_set_aside(bucket: Bucket | None) -> Iterator[None]:
    """Let moto see the bucket's policy without its conditional statements meanwhile."""
    if bucket is None or bucket.policy is None:
        yield
        return
    whole, bucket.policy = bucket.policy, without_conditions(bucket.policy)
    judged = bucket.policy
    try:
        yield
    finally:
        if bucket.policy is judged:
            bucket.policy = whole


def without_conditions(policy: bytes) -> bytes | None:
    """Return the policy without the statements that have a condition; None if none are left."""
    document = json.loads(policy)
    statements = document.get("Statement", [])
    if isinstance(statements, dict):
        statements = [statements]
    kept = [statement for statement in statements if not statement.get("Condition")]
    return json.dumps({**document, "Statement": kept}).encode() if kept else None
