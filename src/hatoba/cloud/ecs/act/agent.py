"""What a task asks ECS's agent to do: so far, to be protected from scale-in while it works.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-scale-in-protection-endpoint.html
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from hatoba.cloud.ecs import names
from hatoba.cloud.ecs.act import http
from hatoba.cloud.ecs.control.metadata import moment
from hatoba.cloud.wire import ServiceError
from hatoba.cloud.wire.call import random_hex

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hatoba.cloud.ecs.act.outside import Outside
    from hatoba.cloud.ecs.model import Task
    from hatoba.cloud.state import Scope

PATH = "/api/"
BAD_REQUEST = 400
PROTECTION = "task-protection/v1/state"


async def answer(outside: Outside, request: http.Request) -> http.Reply:
    """Answer a request below :data:`PATH`, where the id of a container says who asks."""
    identifier, _, what = request.path.removeprefix(PATH).partition("/")
    found = outside.store.task_of(identifier.partition("-")[0])
    ids = {names.docker_id(found[1].id, each.id) for each in found[1].containers} if found else set()
    if found is None or identifier not in ids or what != PROTECTION:
        return http.Reply(404, f"there is no {request.path}; ask for $ECS_AGENT_URI/{PROTECTION}")
    scope, task = found
    try:
        return http.Reply(200, await _protection(outside, scope, task, request))
    except ServiceError as error:
        arn = names.task_arn(scope, task.key)
        told = {"Arn": arn, "Code": error.code, "Message": error.message}
        return http.Reply(error.status or BAD_REQUEST, {"requestID": random_hex(32), "error": told})


async def _protection(
    outside: Outside, scope: Scope, task: Task, request: http.Request
) -> Mapping[str, object]:
    own: dict[str, Any] = {"cluster": task.cluster, "tasks": [task.id]}
    if request.method == "PUT":
        found = await outside.ask(scope, "ecs", "UpdateTaskProtection", **own, **_wanted(request.body))
    else:
        found = await outside.ask(scope, "ecs", "GetTaskProtection", **own)
    for failed in found["failures"]:
        told = {"Arn": failed["arn"], "Reason": failed["reason"], "Detail": failed.get("detail")}
        return {"failure": told}
    (protected,) = found["protectedTasks"]
    shown = {"ProtectionEnabled": protected["protectionEnabled"], "TaskArn": protected["taskArn"]}
    if protected.get("expirationDate"):
        shown["ExpirationDate"] = moment(protected["expirationDate"].timestamp())
    return {"protection": shown}


def _wanted(body: bytes) -> dict[str, object]:
    try:
        given = json.loads(body)
    except ValueError:
        given = None
    if not isinstance(given, dict) or not isinstance(given.get("ProtectionEnabled"), bool):
        raise ServiceError(
            "InvalidParameterException",
            "Invalid request: give a JSON object with ProtectionEnabled, true or false.",
            status=BAD_REQUEST,
        )
    wanted = {"protectionEnabled": given["ProtectionEnabled"]}
    return wanted | ({"expiresInMinutes": given["ExpiresInMinutes"]} if "ExpiresInMinutes" in given else {})
