"""A bench with IAM, and the documents that its tests send."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from hatoba.cloud.iam import Iam
from hatoba.cloud.wire import ServiceError
from tests.support.calls import Bench

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "ecs-tasks.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
)
METRICS = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "cloudwatch:PutMetricData", "Resource": "*"}],
    }
)
EXECUTION = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
ROLE = "mz-dev-ecs-task-exec-role"


class IamBench(Bench):
    def __init__(self) -> None:
        super().__init__()
        self.add(Iam(self.world).operations)

    def iam(self, operation: str, **params: Any) -> Mapping[str, Any]:
        return self.call("iam", operation, **params)

    def refused(self, operation: str, **params: Any) -> tuple[str, str]:
        with pytest.raises(ServiceError) as caught:
            self.iam(operation, **params)
        return caught.value.code, caught.value.message

    def role(self, name: str = ROLE, **params: Any) -> Mapping[str, Any]:
        role: Mapping[str, Any] = self.iam(
            "CreateRole", **{"RoleName": name, "AssumeRolePolicyDocument": TRUST, **params}
        )["Role"]
        return role
