"""Policy documents of any JSON: taken or malformed, nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from hatoba.cloud.iam.control.documents import check_identity_policy, check_trust_policy
from hatoba.cloud.wire import ServiceError
from tests.unit.iam.test_policies import ALLOW

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*ALLOW, "Sid", "Principal", "Condition", "AWS", "Service"]), inner)
    ),
    max_leaves=8,
)


@given(JSON, JSON)
def test_no_document_is_more_than_malformed(statement: object, version: object) -> None:
    text = json.dumps({"Version": version or "2012-10-17", "Statement": statement})

    assert fault(lambda: check_identity_policy(text)) in {None, "MalformedPolicyDocument"}
    assert fault(lambda: check_trust_policy(text, lambda _: True)) in {None, "MalformedPolicyDocument"}


def fault(check: Callable[[], None]) -> str | None:
    try:
        check()
    except ServiceError as error:
        return error.code
    return None
