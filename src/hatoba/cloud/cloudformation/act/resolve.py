"""Values that stand in other services: parameters of Systems Manager, dynamic references, exports, zones.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from hatoba.cloud.cloudformation.errors import Invalid, ResourceFailure
from hatoba.cloud.cloudformation.template import Environment
from hatoba.cloud.cloudformation.template.parameters import as_value
from hatoba.cloud.wire import ServiceError

if TYPE_CHECKING:
    from collections.abc import Callable

    from hatoba.cloud.cloudformation.model import Revision, Stack
    from hatoba.cloud.cloudformation.store import Store
    from hatoba.cloud.cloudformation.template import Template, Value
    from hatoba.cloud.state import Scope
    from hatoba.cloud.world import World

DYNAMIC = re.compile(r"\{\{resolve:(ssm|ssm-secure|secretsmanager):([^{}]+)\}\}")


class Resolver:
    """Asks the other services for values, on behalf of one account and region."""

    def __init__(self, world: World, store: Store, scope: Scope) -> None:
        self._world = world
        self._store = store
        self._scope = scope

    async def _invoke(self, service: str, operation: str, **params: Any) -> Any:
        call = self._world.call_as_service(self._scope, "cloudformation")
        return await self._world.invoke(call, service, operation, params)

    async def environment(
        self,
        stack: Stack,
        revision: Revision,
        template: Template,
        resource: Callable[[str, str | None], Value] | None = None,
    ) -> Environment:
        """Return what a template's references resolve to, for a stack and a revision of it."""
        scope = self._scope
        values = {
            item.key: item.value if item.resolved is None else item.resolved for item in revision.parameters
        }
        parameters = {
            name: as_value(declared, values[name])
            for name, declared in template.parameters.items()
            if name in values
        }
        pseudo: dict[str, Value] = {
            "AWS::AccountId": scope.account,
            "AWS::NotificationARNs": list(revision.notification_arns),
            "AWS::Partition": "aws",
            "AWS::Region": scope.region,
            "AWS::StackId": stack.id,
            "AWS::StackName": stack.name,
            "AWS::URLSuffix": "amazonaws.com",
        }
        exports = {
            name: output.value
            for name, (exporter, output) in self._store.exports(scope).items()
            if exporter.id != stack.id
        }
        zones = await self._zones() if "GetAZs" in template.text else {}
        if resource is None:
            return Environment(parameters, pseudo, exports=exports, zones=zones)
        return Environment(parameters, pseudo, resource, exports, zones)

    async def _zones(self) -> dict[str, list[str]]:
        found = await self._invoke("ec2", "DescribeAvailabilityZones")
        return {self._scope.region: [zone["ZoneName"] for zone in found.get("AvailabilityZones", ())]}

    async def ssm(self, name: str) -> str:
        """Return the value of a parameter of Systems Manager.

        Raises:
            Invalid: There is no such parameter.
        """
        try:
            answer = await self._invoke("ssm", "GetParameter", Name=name, WithDecryption=True)
        except ServiceError as error:
            if error.code != "ParameterNotFound":
                raise
            raise Invalid(
                f"Unable to fetch parameters [{name}] from parameter store for this account."
            ) from error
        return str(answer["Parameter"]["Value"])

    async def dynamic(self, value: Value) -> Value:
        """Return ``value`` with every dynamic reference in it replaced by what it names.

        Raises:
            ResourceFailure: What it names does not exist.
        """
        if isinstance(value, dict):
            return {key: await self.dynamic(item) for key, item in value.items()}
        if isinstance(value, list):
            return [await self.dynamic(item) for item in value]
        if not isinstance(value, str) or "{{resolve:" not in value:
            return value
        pieces: list[str] = []
        end = 0
        for match in DYNAMIC.finditer(value):
            pieces.extend((value[end : match.start()], await self._reference(*match.groups())))
            end = match.end()
        return "".join((*pieces, value[end:]))

    async def _reference(self, kind: str, name: str) -> str:
        if kind == "secretsmanager":
            return await self._secret(name)
        parameter, _, version = name.partition(":")
        try:
            return await self.ssm(f"{parameter}:{version}" if version else parameter)
        except Invalid as error:
            raise ResourceFailure(error.message) from error

    async def _secret(self, reference: str) -> str:
        """Read ``id:SecretString:json-key:version-stage:version-id``; the id may be an ARN with colons."""
        secret_id, rest = reference, ""
        if ":SecretString" in reference:
            secret_id, _, rest = reference.partition(":SecretString")
        json_key, stage, version = [*rest.lstrip(":").split(":"), "", "", ""][:3]
        params: dict[str, str] = {"SecretId": secret_id}
        if stage:
            params["VersionStage"] = stage
        if version:
            params["VersionId"] = version
        answer = await self._invoke("secretsmanager", "GetSecretValue", **params)
        text = str(answer.get("SecretString", ""))
        if not json_key:
            return text
        try:
            return str(json.loads(text)[json_key])
        except (ValueError, KeyError, TypeError) as error:
            raise ResourceFailure(
                f"Could not find a value associated with JSONKey in SecretString: {json_key} of {secret_id}"
            ) from error
