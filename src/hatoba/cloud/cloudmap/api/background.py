"""The operations that AWS runs in the background; here each has ended when its id is given out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hatoba.cloud.clock import timestamp
from hatoba.cloud.cloudmap.api.paging import paged
from hatoba.cloud.cloudmap.control.filters import Field, matching
from hatoba.cloud.cloudmap.control.names import new_operation_id
from hatoba.cloud.cloudmap.errors import cloud_map_error
from hatoba.cloud.cloudmap.model import Operation

if TYPE_CHECKING:
    from types_boto3_servicediscovery.type_defs import (
        GetOperationRequestTypeDef,
        ListOperationsRequestTypeDef,
    )

    from hatoba.cloud.cloudmap.model import OperationType
    from hatoba.cloud.cloudmap.store import Store
    from hatoba.cloud.wire import Call, Result

KEEP_S = 14 * 24 * 3600
"""How long an operation can be asked for. AWS does not say."""

_STATUSES = {"SUCCEED": "SUCCESS"}
"""As the documents of ListOperations spell what GetOperation shows."""

_FIELDS: dict[str, Field[Operation]] = {
    "NAMESPACE_ID": Field(lambda each: each.targets.get("NAMESPACE", "")),
    "SERVICE_ID": Field(lambda each: each.targets.get("SERVICE", "")),
    "STATUS": Field(lambda each: each.status, ("EQ", "IN"), lambda given: _STATUSES.get(given, given)),
    "TYPE": Field(lambda each: each.type, ("EQ", "IN")),
    "UPDATE_DATE": Field(lambda each: str(each.at), ("BETWEEN",)),
}


class OperationsApi:
    """GetOperation, ListOperations, and the book that the other calls write into."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def succeeded(
        self, call: Call, kind: OperationType, targets: dict[str, str], operation_id: str | None = None
    ) -> Result:
        """Note that a call's work is done, and answer it."""
        return self._note(
            Operation(
                operation_id or new_operation_id(call.now), kind, "SUCCESS", call.account, call.now, targets
            ),
            call,
        )

    def failed(
        self, call: Call, kind: OperationType, targets: dict[str, str], code: str, message: str
    ) -> Result:
        """Note that a call's work could not be done, and answer it: the fault is read by GetOperation."""
        return self._note(
            Operation(
                new_operation_id(call.now), kind, "FAIL", call.account, call.now, targets, code, message
            ),
            call,
        )

    def _note(self, operation: Operation, call: Call) -> Result:
        self._store.operations.put(call.scope, operation)
        return {"OperationId": operation.id}

    def get_operation(self, call: Call, request: GetOperationRequestTypeDef) -> Result:
        """https://docs.aws.amazon.com/cloud-map/latest/api/API_GetOperation.html."""
        found = self._store.operations.get(call.scope, request["OperationId"])
        if found is None or found.owner != request.get("OwnerAccount", found.owner):
            raise cloud_map_error("OperationNotFound", "Operation not found")
        shown: dict[str, Any] = {
            "Id": found.id,
            "OwnerAccount": found.owner,
            "Type": found.type,
            "Status": found.status,
            "ErrorMessage": found.error_message,
            "ErrorCode": found.error_code,
            "CreateDate": timestamp(found.at),
            "UpdateDate": timestamp(found.at),
            "Targets": found.targets,
        }
        return {"Operation": shown}

    def list_operations(self, call: Call, request: ListOperationsRequestTypeDef) -> Result:
        """https://docs.aws.amazon.com/cloud-map/latest/api/API_ListOperations.html."""
        found = [each for each in self._store.operations.list(call.scope) if each.at >= call.now - KEEP_S]
        chosen = matching(found, request.get("Filters", ()), _FIELDS)
        page, token = paged(chosen, request, key=lambda each: each.id)
        return {
            "Operations": [{"Id": each.id, "Status": each.status} for each in page],
            "NextToken": token,
        }
