"""User pools that clients make in Cognito are issuers of this cloud, for API Gateway and `hatoba token`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from botocore.exceptions import ClientError

from tests.functional.server.killing import cloud_that_is_killed
from tests.support.cloud import RunningCloud, get, running_cloud
from tests.support.waiting import wait_until

PASSWORD = "Secret-123"


@dataclass(frozen=True)
class MadePool:
    """A pool with one client and one user."""

    pool_id: str
    client_id: str

    @classmethod
    def made_in(cls, cloud: RunningCloud) -> MadePool:
        cognito = cloud.client("cognito-idp")
        pool_id = cognito.create_user_pool(PoolName="made")["UserPool"]["Id"]
        client = cognito.create_user_pool_client(
            UserPoolId=pool_id, ClientName="made", ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"]
        )
        cognito.admin_create_user(UserPoolId=pool_id, Username="user", TemporaryPassword="Temporary-1")
        cognito.admin_set_user_password(
            UserPoolId=pool_id, Username="user", Password=PASSWORD, Permanent=True
        )
        return cls(pool_id, client["UserPoolClient"]["ClientId"])

    def sign_in(self, cloud: RunningCloud) -> dict[str, str]:
        found = cloud.client("cognito-idp").initiate_auth(
            ClientId=self.client_id,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": "user", "PASSWORD": PASSWORD},
        )
        result: dict[str, str] = found["AuthenticationResult"]
        return result


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCloud]:
    folder: Path = tmp_path_factory.mktemp("pools") / "cloud"
    with running_cloud(folder, "--runtime", "simulated") as running:
        yield running


def api_for(cloud: RunningCloud, pool_id: str, client_id: str) -> str:
    """Make an API that asks for tokens of a pool, in front of the cloud's own health page; return its URL."""
    gateway = cloud.client("apigatewayv2")
    api = gateway.create_api(Name="guarded", ProtocolType="HTTP")
    integration = gateway.create_integration(
        ApiId=api["ApiId"],
        IntegrationType="HTTP_PROXY",
        IntegrationMethod="GET",
        IntegrationUri=f"{cloud.endpoint}/_localstack/health",
        PayloadFormatVersion="1.0",
    )
    authorizer = gateway.create_authorizer(
        ApiId=api["ApiId"],
        Name="pool",
        AuthorizerType="JWT",
        IdentitySource=["$request.header.Authorization"],
        JwtConfiguration={
            "Issuer": f"https://cognito-idp.{cloud.run.region}.amazonaws.com/{pool_id}",
            "Audience": [client_id],
        },
    )
    gateway.create_route(
        ApiId=api["ApiId"],
        RouteKey="GET /",
        Target=f"integrations/{integration['IntegrationId']}",
        AuthorizationType="JWT",
        AuthorizerId=authorizer["AuthorizerId"],
    )
    gateway.create_stage(ApiId=api["ApiId"], StageName="$default", AutoDeploy=True)
    url = str(api["ApiEndpoint"]) + "/"
    wait_until(lambda: _listens(url) and get(url)[0] == 401, what="the API's gateway")
    return url


def test_tokens_of_a_made_pool_open_an_api_signed_in_or_minted(cloud: RunningCloud) -> None:
    pool = MadePool.made_in(cloud)
    url = api_for(cloud, pool.pool_id, pool.client_id)
    signed_in = pool.sign_in(cloud)

    minted = cloud.ask("POST", "token", {"pool_id": pool.pool_id, "client_id": pool.client_id})["token"]
    of_client = cloud.ask("POST", "token", {"client_id": pool.client_id})["token"]
    forged = cloud.ask("POST", "token", {"pool_id": pool.pool_id, "wrong": "forged"})["token"]

    assert get(url, signed_in["IdToken"])[0] == 200
    assert get(url, signed_in["AccessToken"])[0] == 200
    assert get(url, minted)[0] == 200
    assert get(url, of_client)[0] == 200
    assert get(url, forged)[0] == 401
    assert get(url, cloud.token())[0] == 401


def test_an_authorizer_of_a_pool_that_does_not_stand_is_refused(cloud: RunningCloud) -> None:
    cognito, pool = cloud.client("cognito-idp"), MadePool.made_in(cloud)
    cognito.delete_user_pool(UserPoolId=pool.pool_id)

    with pytest.raises(ClientError) as caught:
        api_for(cloud, pool.pool_id, pool.client_id)

    assert caught.value.response["Error"]["Code"] == "BadRequestException"


def test_the_key_set_of_a_made_pool_has_both_signers(cloud: RunningCloud) -> None:
    pool = MadePool.made_in(cloud)

    with urlopen(f"{cloud.endpoint}/{pool.pool_id}/.well-known/jwks.json", timeout=60) as answer:
        keys = json.load(answer)["keys"]

    assert len({key["kid"] for key in keys}) == 2
    assert all(set(key) == {"kty", "use", "alg", "kid", "n", "e"} for key in keys)


def test_the_pool_that_stands_from_the_start_stands_in_cognito_too(cloud: RunningCloud) -> None:
    cognito, defaults = cloud.client("cognito-idp"), cloud.ask("GET", "defaults")
    pool_id = defaults["user_pool_endpoint"].rpartition("/")[2]

    assert pool_id in [each["Id"] for each in cognito.list_user_pools(MaxResults=60)["UserPools"]]
    described = cognito.describe_user_pool(UserPoolId=pool_id)["UserPool"]
    clients = cognito.list_user_pool_clients(UserPoolId=pool_id)["UserPoolClients"]

    assert (
        described["Arn"] == f"arn:aws:cognito-idp:{cloud.run.region}:{cloud.run.account}:userpool/{pool_id}"
    )
    assert [each["ClientId"] for each in clients] == defaults["user_pool_client_ids"]
    with pytest.raises(ClientError, match="deletion protection"):
        cognito.delete_user_pool(UserPoolId=pool_id)


def test_a_user_signs_in_at_the_pool_that_stands_from_the_start(cloud: RunningCloud) -> None:
    cognito, defaults = cloud.client("cognito-idp"), cloud.ask("GET", "defaults")
    pool_id = defaults["user_pool_endpoint"].rpartition("/")[2]
    [client_id] = defaults["user_pool_client_ids"]
    cognito.admin_create_user(UserPoolId=pool_id, Username="user", TemporaryPassword="Temporary-1")
    cognito.admin_set_user_password(UserPoolId=pool_id, Username="user", Password=PASSWORD, Permanent=True)
    url = api_for(cloud, pool_id, client_id)

    token = MadePool(pool_id, client_id).sign_in(cloud)["IdToken"]

    assert get(url, token)[0] == 200
    assert get(url, cloud.token())[0] == 200


def test_a_token_of_a_pool_that_does_not_stand_is_refused(cloud: RunningCloud) -> None:
    with pytest.raises(OSError, match="400"):
        cloud.ask("POST", "token", {"pool_id": f"{cloud.run.region}_AbCdEfGhI"})


def test_a_made_pool_is_an_issuer_after_a_kill_before_cognito_is_called_again(tmp_path: Path) -> None:
    with cloud_that_is_killed(tmp_path / "cloud") as first:
        pool = MadePool.made_in(first)
        token = pool.sign_in(first)["IdToken"]

    with running_cloud(tmp_path / "cloud") as second:
        url = api_for(second, pool.pool_id, pool.client_id)
        assert get(url, token)[0] == 200


def _listens(url: str) -> bool:
    """The gateway opens an API's port some milliseconds after the API was made."""
    try:
        get(url)
    except URLError:
        return False
    return True
