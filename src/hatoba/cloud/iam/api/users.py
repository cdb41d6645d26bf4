"""Operations on users, of which an account here has none but its root."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hatoba.cloud.clock import timestamp
from hatoba.cloud.iam.errors import no_such_entity, validation_error

if TYPE_CHECKING:
    from types_boto3_iam.type_defs import GetUserRequestTypeDef, ListUsersRequestTypeDef

    from hatoba.cloud.wire import Call, Operations, Result

ACCOUNT_OPENED_AT = 1_577_836_800.0
"""When the account's root came to be: 2020-01-01, so that it is the same in every answer."""


class Users:
    """The operations on users that have an answer without any user."""

    def register(self, operations: Operations) -> None:
        """Answer these operations."""
        operations.add("GetUser", self.get)
        operations.add("ListUsers", self.list)

    def get(self, call: Call, request: GetUserRequestTypeDef) -> Result:
        """Describe the caller when no name is given; as on AWS the root has neither name nor path."""
        if request.get("UserName"):
            raise no_such_entity(f"The user with name {request['UserName']} cannot be found.")
        if not call.caller.arn.endswith(":root"):
            raise validation_error("Must specify userName when calling with non-User credentials")
        return {
            "User": {
                "UserId": call.caller.user_id,
                "Arn": call.caller.arn,
                "CreateDate": timestamp(ACCOUNT_OPENED_AT),
            }
        }

    def list(self, _call: Call, _request: ListUsersRequestTypeDef) -> Result:
        """List no users."""
        return {"Users": [], "IsTruncated": False}
