"""Operations on authorizers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from hatoba.cloud.apigateway.api.paging import answer_page
from hatoba.cloud.apigateway.control.authorizers import (
    MOST_AUTHORIZERS,
    TOO_MANY_AUTHORIZERS,
    check_authorizer,
    undiscoverable,
)
from hatoba.cloud.apigateway.control.common import refuse_members
from hatoba.cloud.apigateway.deploy import auto_deploy
from hatoba.cloud.apigateway.errors import conflict, too_many
from hatoba.cloud.apigateway.model import Authorizer
from hatoba.cloud.apigateway.store import new_id
from hatoba.cloud.wire import NotImplementedHere

if TYPE_CHECKING:
    from types_boto3_apigatewayv2.type_defs import (
        CreateAuthorizerRequestTypeDef,
        DeleteAuthorizerRequestTypeDef,
        GetAuthorizerRequestTypeDef,
        GetAuthorizersRequestTypeDef,
        UpdateAuthorizerRequestTypeDef,
    )

    from hatoba.cloud.apigateway.keyring import Keyring
    from hatoba.cloud.apigateway.store import Store
    from hatoba.cloud.wire import Call, Operations, Result

    Request = CreateAuthorizerRequestTypeDef | UpdateAuthorizerRequestTypeDef

_LAMBDA_ONLY = (
    "AuthorizerCredentialsArn",
    "AuthorizerPayloadFormatVersion",
    "AuthorizerResultTtlInSeconds",
    "AuthorizerUri",
    "EnableSimpleResponses",
    "IdentityValidationExpression",
)


class Authorizers:
    """The operations on authorizers. Their issuers must be discoverable, so they ask the keyring."""

    def __init__(self, store: Store, keyring: Keyring) -> None:
        self._store = store
        self._keyring = keyring

    def register(self, operations: Operations) -> None:
        """Answer these operations."""
        operations.add("CreateAuthorizer", self.create)
        operations.add("GetAuthorizer", self.get)
        operations.add("GetAuthorizers", self.list)
        operations.add("UpdateAuthorizer", self.update)
        operations.add("DeleteAuthorizer", self.delete)

    async def create(self, call: Call, request: CreateAuthorizerRequestTypeDef) -> Result:
        """Make a JWT authorizer whose issuer answers discovery."""
        api = self._store.get_api(call.scope, request["ApiId"])
        of_api = f"{api.api_id}/"
        if len(self._store.authorizers.list(call.scope, of_api)) >= MOST_AUTHORIZERS:
            raise too_many(TOO_MANY_AUTHORIZERS)
        new = new_id(6, lambda taken: self._store.authorizers.get(call.scope, of_api + taken))
        return await self._keep(call, Authorizer(api.api_id, new), request)

    def get(self, call: Call, request: GetAuthorizerRequestTypeDef) -> Result:
        """Describe an authorizer."""
        found = self._store.get_authorizer(call.scope, request["ApiId"], request["AuthorizerId"])
        return describe(found)

    def list(self, call: Call, request: GetAuthorizersRequestTypeDef) -> Result:
        """Describe an API's authorizers."""
        api = self._store.get_api(call.scope, request["ApiId"])
        return answer_page(request, self._store.authorizers.list(call.scope, f"{api.api_id}/"), describe)

    async def update(self, call: Call, request: UpdateAuthorizerRequestTypeDef) -> Result:
        """Change the members sent."""
        old = self._store.get_authorizer(call.scope, request["ApiId"], request["AuthorizerId"])
        return await self._keep(call, old, request)

    def delete(self, call: Call, request: DeleteAuthorizerRequestTypeDef) -> Result:
        """Remove an authorizer that no route uses."""
        old = self._store.get_authorizer(call.scope, request["ApiId"], request["AuthorizerId"])
        for route in self._store.routes.list(call.scope, f"{old.api_id}/"):
            if route.authorizer_id == old.authorizer_id:
                raise conflict(
                    f"Cannot delete authorizer '{old.name}', is referenced in route: {route.route_key}"
                )
        self._store.authorizers.delete(call.scope, old.key)
        auto_deploy(self._store, call.scope, old.api_id, call.now)
        return {}

    async def _keep(self, call: Call, old: Authorizer, request: Request) -> Result:
        if request.get("AuthorizerType", "JWT") != "JWT":
            raise NotImplementedHere("An authorizer of type REQUEST (a Lambda function)")
        refuse_members(request, _LAMBDA_ONLY, "it is for Lambda authorizers")
        jwt = request.get("JwtConfiguration") or {}
        source = request.get("IdentitySource")
        audience = jwt.get("Audience")
        authorizer = replace(
            old,
            name=request.get("Name", old.name),
            identity_source=old.identity_source if source is None else tuple(source),
            issuer=jwt.get("Issuer", old.issuer),
            audience=old.audience if audience is None else tuple(audience),
        )
        check_authorizer(authorizer)
        if authorizer.issuer != old.issuer:
            problem = await self._keyring.learn(authorizer.issuer)
            if problem:
                raise undiscoverable(authorizer.issuer, problem)
        with self._store.state.transaction():
            self._store.get_api(call.scope, authorizer.api_id)  # it may be gone since we asked the issuer
            self._store.authorizers.put(call.scope, authorizer)
            auto_deploy(self._store, call.scope, authorizer.api_id, call.now)
        return describe(authorizer)


def describe(authorizer: Authorizer) -> Result:
    """Return an authorizer's members."""
    audience = authorizer.audience
    return {
        "AuthorizerId": authorizer.authorizer_id,
        "AuthorizerType": "JWT",
        "IdentitySource": [*authorizer.identity_source],
        "JwtConfiguration": {
            "Issuer": authorizer.issuer,
            **({} if audience is None else {"Audience": [*audience]}),
        },
        "Name": authorizer.name,
    }
