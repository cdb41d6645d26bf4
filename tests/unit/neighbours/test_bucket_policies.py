from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from hatoba.cloud.neighbours.bucket_policies import conditions_set_aside, without_conditions

TLS_ONLY = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": "arn:aws:s3:::assets/*",
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}
NO_DELETES = {"Effect": "Deny", "Principal": "*", "Action": "s3:DeleteObject", "Resource": "*"}


@dataclass
class Bucket:
    policy: bytes | None


def policy(*statements: dict[str, Any]) -> bytes:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)}).encode()


def test_a_policy_keeps_what_has_no_condition() -> None:
    assert without_conditions(policy(TLS_ONLY, NO_DELETES)) == policy(NO_DELETES)


def test_a_single_statement_with_a_condition_leaves_no_policy() -> None:
    assert without_conditions(json.dumps({"Statement": TLS_ONLY}).encode()) is None


def test_the_whole_policy_is_back_after_the_call() -> None:
    bucket = Bucket(policy(TLS_ONLY))

    with conditions_set_aside(bucket):
        assert bucket.policy is None

    assert bucket.policy == policy(TLS_ONLY)


def test_a_policy_that_the_call_itself_wrote_stays() -> None:
    bucket = Bucket(policy(TLS_ONLY))

    with conditions_set_aside(bucket):
        bucket.policy = policy(NO_DELETES)

    assert bucket.policy == policy(NO_DELETES)
