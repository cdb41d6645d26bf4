"""Operations on service-linked roles, of the services that such systems use.

https://docs.aws.amazon.com/IAM/latest/UserGuide/using-service-linked-roles.html
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING
from uuid import uuid4

import msgspec

from hatoba.cloud.iam.api.roles import describe
from hatoba.cloud.iam.catalogue import PREFIX
from hatoba.cloud.iam.errors import invalid_input, no_such_entity
from hatoba.cloud.iam.model import Role
from hatoba.cloud.iam.store import unique_id
from hatoba.cloud.wire import NotImplementedHere

if TYPE_CHECKING:
    from types_boto3_iam.type_defs import (
        CreateServiceLinkedRoleRequestTypeDef,
        DeleteServiceLinkedRoleRequestTypeDef,
        GetServiceLinkedRoleDeletionStatusRequestTypeDef,
    )

    from hatoba.cloud.iam.store import Store
    from hatoba.cloud.wire import Call, Operations, Result

_TASK = re.compile(r"task/aws-service-role/[a-z0-9.-]+/(?P<role>[\w+=,.@-]+)/[0-9a-f-]{36}")


class _Linked(msgspec.Struct, frozen=True):
    role_name: str
    policy_name: str


_LINKED = {
    "ecs.amazonaws.com": _Linked("AWSServiceRoleForECS", "AmazonECSServiceRolePolicy"),
    "ecs.application-autoscaling.amazonaws.com": _Linked(
        "AWSServiceRoleForApplicationAutoScaling_ECSService", "AWSApplicationAutoscalingECSServicePolicy"
    ),
    "elasticloadbalancing.amazonaws.com": _Linked(
        "AWSServiceRoleForElasticLoadBalancing", "AWSElasticLoadBalancingServiceRolePolicy"
    ),
    "ops.apigateway.amazonaws.com": _Linked("AWSServiceRoleForAPIGateway", "APIGatewayServiceRolePolicy"),
}


class LinkedRoles:
    """The operations on service-linked roles."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def register(self, operations: Operations) -> None:
        """Answer these operations."""
        operations.add("CreateServiceLinkedRole", self.create)
        operations.add("DeleteServiceLinkedRole", self.delete)
        operations.add("GetServiceLinkedRoleDeletionStatus", self.get_deletion_status)

    def create(self, call: Call, request: CreateServiceLinkedRoleRequestTypeDef) -> Result:
        """Make the role that a service acts by."""
        service = request["AWSServiceName"]
        linked = _LINKED.get(service)
        if linked is None:
            raise NotImplementedHere(f"A service-linked role for {service}")
        if request.get("CustomSuffix"):
            raise invalid_input(f"Custom suffix is not allowed for {service}")
        name = linked.role_name
        if any(role.name == name for role in self._store.list_roles(call.scope)):
            raise invalid_input(
                f"Service role name {name} has been taken in this account, please try a different suffix."
            )
        path = f"/aws-service-role/{service}/"
        trust = {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}],
        }
        role = Role(
            name=name,
            path=path,
            role_id=unique_id("AROA"),
            arn=f"arn:aws:iam::{call.account}:role{path}{name}",
            created_at=call.now,
            trust=json.dumps(trust),
            description=request.get("Description") or None,
            attached=(f"{PREFIX}/aws-service-role/{linked.policy_name}",),
            is_service_linked=True,
        )
        return {"Role": describe(self._store.put_role(call.scope, role))}

    def delete(self, call: Call, request: DeleteServiceLinkedRoleRequestTypeDef) -> Result:
        """Remove a service-linked role at once; the task that is returned has succeeded already."""
        role = self._store.get_role(call.scope, request["RoleName"])
        if not role.is_service_linked:
            raise invalid_input(f"{role.name} is no service-linked role. Use DeleteRole.")
        self._store.roles.delete(call.scope.globally(), role.key)
        return {"DeletionTaskId": f"task{role.path}{role.name}/{uuid4()}"}

    def get_deletion_status(
        self, call: Call, request: GetServiceLinkedRoleDeletionStatusRequestTypeDef
    ) -> Result:
        """Say that a deletion has succeeded."""
        found = _TASK.fullmatch(request["DeletionTaskId"])
        if found is None:
            raise no_such_entity(f"Deletion task {request['DeletionTaskId']} cannot be found.")
        names = {role.name for role in self._store.list_roles(call.scope)}
        return {"Status": "FAILED" if found["role"] in names else "SUCCEEDED"}
