"""OpenAPI documents in and out: what they make, what is noted, what is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from tests.unit.apigateway.fakes import ISSUER, SERVICE_ARN, GatewayBench

INTEGRATION = {
    "type": "http_proxy",
    "httpMethod": "GET",
    "uri": "http://b.test/",
    "payloadFormatVersion": "1.0",
}
OK = {"responses": {}, "x-amazon-apigateway-integration": INTEGRATION}
SCHEME = {
    "type": "oauth2",
    "flows": {},
    "x-amazon-apigateway-authorizer": {
        "type": "jwt",
        "identitySource": "$request.header.Authorization",
        "jwtConfiguration": {"issuer": ISSUER, "audience": ["client"]},
    },
}


def document(**members: Any) -> dict[str, Any]:
    return {"openapi": "3.0.1", "info": {"title": "pets", "version": "1.0"}, "paths": {}, **members}


def body(**members: Any) -> str:
    return json.dumps(document(**members))


@pytest.fixture
def bench() -> GatewayBench:
    return GatewayBench()


def imported(bench: GatewayBench, text: str, **params: Any) -> dict[str, Any]:
    return dict(bench.gw("ImportApi", Body=text, **params))


def keys(bench: GatewayBench, api_id: str) -> set[str]:
    return {route["RouteKey"] for route in bench.gw("GetRoutes", ApiId=api_id)["Items"]}


def exported(bench: GatewayBench, api_id: str, **params: Any) -> dict[str, Any]:
    answer = bench.gw("ExportApi", ApiId=api_id, Specification="OAS30", OutputType="JSON", **params)
    found: dict[str, Any] = json.loads(answer["body"])
    return found


def test_a_document_makes_an_api_with_its_routes_and_integrations(bench: GatewayBench) -> None:
    paths = {
        "/pets": {"get": {**OK, "operationId": "List"}, "post": OK},
        "/pets/{id}": {"x-amazon-apigateway-any-method": OK, "parameters": []},
        "/$default": {"x-amazon-apigateway-any-method": {**OK, "isDefaultRoute": True}},
    }
    cors = {"allowOrigins": ["https://a.test"], "maxAge": 5, "allowCredentials": True}
    text = body(
        paths=paths,
        tags=[{"name": "team", "x-amazon-apigateway-tag-value": "wharf"}, {"name": "pets"}],
        **{"x-amazon-apigateway-cors": cors, "x-amazon-apigateway-importexport-version": "1.0"},
    )

    api = imported(bench, text, FailOnWarnings=True)

    assert (api["Name"], api["Version"], api["ProtocolType"]) == ("pets", "1.0", "HTTP")
    assert api["CorsConfiguration"] == {
        "AllowOrigins": ["https://a.test"],
        "MaxAge": 5,
        "AllowCredentials": True,
    } | dict.fromkeys(("AllowHeaders", "AllowMethods", "ExposeHeaders"))
    assert api["Tags"] == {"team": "wharf"}
    assert api["ImportInfo"] is None
    assert api["Warnings"] is None
    assert keys(bench, api["ApiId"]) == {"GET /pets", "POST /pets", "ANY /pets/{id}", "$default"}
    (listed,) = [
        route
        for route in bench.gw("GetRoutes", ApiId=api["ApiId"])["Items"]
        if route["RouteKey"] == "GET /pets"
    ]
    assert listed["OperationName"] == "List"
    made = bench.gw(
        "GetIntegration", ApiId=api["ApiId"], IntegrationId=listed["Target"].removeprefix("integrations/")
    )
    assert made["IntegrationUri"] == "http://b.test/"
    assert bench.gw("GetStages", ApiId=api["ApiId"])["Items"] == []


def test_yaml_and_its_numbers_are_read(bench: GatewayBench) -> None:
    text = """
openapi: 3.0.1
info: {title: pets, version: 2}
paths:
  /:
    get:
      responses: {200: {description: ok}}
      x-amazon-apigateway-integration:
        type: HTTP_PROXY
        httpMethod: get
        uri: https://b.test
        payloadFormatVersion: 1.0
        timeoutInMillis: 500
        responseParameters: {404: {"overwrite:statuscode": 410}}
"""
    api = imported(bench, text)

    (made,) = bench.gw("GetIntegrations", ApiId=api["ApiId"])["Items"]
    assert (made["IntegrationMethod"], made["TimeoutInMillis"]) == ("GET", 500)
    assert made["ResponseParameters"] == {"404": {"overwrite:statuscode": "410"}}
    assert api["Version"] == "2"


def test_a_private_integration_takes_awss_variables_and_is_shared_by_reference(bench: GatewayBench) -> None:
    link = bench.link()
    uri = SERVICE_ARN.replace("000000000000", "${AWS::AccountId}").replace("ap-northeast-1", "${AWS::Region}")
    shared = {
        "type": "http_proxy",
        "httpMethod": "ANY",
        "connectionType": "VPC_LINK",
        "connectionId": link,
        "uri": uri,
        "tlsConfig": {"serverNameToVerify": "b.test"},
    }
    refer = {"x-amazon-apigateway-integration": {"$ref": "#/components/x-amazon-apigateway-integrations/app"}}
    components = {"x-amazon-apigateway-integrations": {"app": shared}}

    api = imported(bench, body(paths={"/a": {"get": refer}, "/b": {"get": refer}}, components=components))

    (made,) = bench.gw("GetIntegrations", ApiId=api["ApiId"])["Items"]
    assert (made["IntegrationUri"], made["ConnectionId"]) == (SERVICE_ARN, link)
    assert made["TlsConfig"] == {"ServerNameToVerify": "b.test"}
    targets = {route["Target"] for route in bench.gw("GetRoutes", ApiId=api["ApiId"])["Items"]}
    assert targets == {f"integrations/{made['IntegrationId']}"}


@pytest.mark.parametrize(
    "scheme",
    [
        SCHEME,
        {
            "type": "openIdConnect",
            "openIdConnectUrl": f"{ISSUER}/.well-known/openid-configuration",
            "x-amazon-apigateway-authorizer": {
                "type": "jwt",
                "identitySource": "$request.header.Authorization",
                "jwtConfiguration": {"audience": ["client"]},
            },
        },
    ],
)
def test_a_security_scheme_makes_a_jwt_authorizer(bench: GatewayBench, scheme: dict[str, Any]) -> None:
    paths = {
        "/a": {"get": {**OK, "security": [{"jwt": ["read", "write"]}]}},
        "/b": {"get": OK},
        "/c": {"get": {**OK, "security": []}},
    }
    text = body(paths=paths, components={"securitySchemes": {"jwt": scheme}}, security=[{"jwt": []}])

    api = imported(bench, text, FailOnWarnings=True)["ApiId"]

    (authorizer,) = bench.gw("GetAuthorizers", ApiId=api)["Items"]
    assert authorizer["Name"] == "jwt"
    assert authorizer["JwtConfiguration"] == {"Issuer": ISSUER, "Audience": ["client"]}
    routes = {route["RouteKey"]: route for route in bench.gw("GetRoutes", ApiId=api)["Items"]}
    assert routes["GET /a"]["AuthorizationScopes"] == ["read", "write"]
    assert routes["GET /a"]["AuthorizerId"] == authorizer["AuthorizerId"]
    assert [routes[f"GET /{path}"]["AuthorizationType"] for path in "abc"] == ["JWT", "JWT", "NONE"]


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        (None, {"GET /e", "GET /"}),
        ("ignore", {"GET /e", "GET /"}),
        ("prepend", {"GET /a/b/c/e", "GET /a/b/c"}),
        ("split", {"GET /b/c/e", "GET /b/c"}),
    ],
)
@pytest.mark.parametrize(
    "servers",
    [
        [{"url": "https://x.test/{basePath}", "variables": {"basePath": {"default": "a/b/c"}}}],
        [{"url": "https://x.test/"}, {"url": "https://x.test/a/b/c"}],
        [{"url": "https://x.test/z"}, {"url": "/", "variables": {"basePath": {"default": "/a/b/c/"}}}],
    ],
)
def test_the_base_path_is_ignored_prepended_or_split(
    bench: GatewayBench, servers: list[Any], mode: str | None, expected: set[str]
) -> None:
    text = body(servers=servers, paths={"/e": {"get": OK}, "/": {"get": OK}})
    api = imported(bench, text, **({"Basepath": mode} if mode else {}))
    assert keys(bench, api["ApiId"]) == expected


def test_what_http_apis_have_no_use_for_is_told(bench: GatewayBench) -> None:
    integration = {**INTEGRATION, "passthroughBehavior": "when_no_match"}
    operation = {"requestBody": {}, "x-amazon-apigateway-integration": integration}
    members: dict[str, Any] = {"x-amazon-apigateway-request-validators": {}}

    api = imported(bench, body(paths={"/a": {"put": operation}, "/b": {"get": {}}}, **members))

    told = "\n".join(api["ImportInfo"])
    for where in (
        "paths.'/a'(put).requestBody",
        "x-amazon-apigateway-integration.passthroughBehavior",
        "x-amazon-apigateway-request-validators",
        "paths.'/b'(get) has no x-amazon-apigateway-integration",
    ):
        assert where in told
    assert api["Warnings"] is None


WARNED: dict[str, tuple[dict[str, Any], str, set[str]]] = {
    "a path without a slash": (
        {"paths": {"$default": {"get": OK}}},
        "Resource $default should start with /",
        set(),
    ),
    "an unknown method": ({"paths": {"/a": {"fetch": OK}}}, "paths.'/a'(fetch) is unexpected", set()),
    "an unknown member": (
        {"paths": {"/a": {"get": {**OK, "securty": []}}}},
        "paths.'/a'(get).securty is unexpected",
        {"GET /a"},
    ),
    "another kind of integration": (
        {"paths": {"/a": {"get": {"x-amazon-apigateway-integration": {"type": "AWS", "uri": "x"}}}}},
        "integration type AWS is not supported",
        {"GET /a"},
    ),
    "malformed CORS": (
        {"x-amazon-apigateway-cors": {"allowOrigins": "*"}},
        "CORS Scheme is malformed",
        set(),
    ),
    "a scheme that is no authorizer": (
        {
            "paths": {"/a": {"get": {**OK, "security": [{"key": []}]}}, "/b": {"get": OK}},
            "components": {"securitySchemes": {"key": {"type": "apiKey", "name": "k", "in": "header"}}},
        },
        "Unable to create route 'GET /a'",
        {"GET /b"},
    ),
    "a scheme that is not there": (
        {"paths": {"/a": {"get": {**OK, "security": [{"tpyo": []}]}}}},
        "Unable to create route 'GET /a'",
        set(),
    ),
    "an issuer that nobody answers for": (
        {
            "paths": {"/a": {"get": {**OK, "security": [{"jwt": []}]}}},
            "components": {
                "securitySchemes": {
                    "jwt": {
                        "type": "oauth2",
                        "x-amazon-apigateway-authorizer": {
                            "type": "jwt",
                            "identitySource": "$request.header.Authorization",
                            "jwtConfiguration": {"issuer": "https://nobody.test"},
                        },
                    }
                }
            },
        },
        "Unable to create Authorizer 'jwt': Caught exception when connecting to https://nobody.test/.well-known",
        set(),
    ),
}


@pytest.mark.parametrize("case", WARNED)
def test_what_cannot_be_made_is_left_out_with_a_warning_or_fails_when_asked(
    bench: GatewayBench, case: str
) -> None:
    members, words, routes = WARNED[case]

    code, message = bench.refused("ImportApi", Body=body(**members), FailOnWarnings=True)
    assert code == "BadRequestException"
    assert message.startswith("Warnings found during import:\n\t")
    assert words in message
    assert bench.gw("GetApis")["Items"] == []

    api = imported(bench, body(**members))
    assert words in api["Warnings"][0]
    assert keys(bench, api["ApiId"]) == routes


REFUSED: dict[str, tuple[str, str]] = {
    "no object": ("[]", "is no object"),
    "broken JSON": ("{", "not well-formed JSON"),
    "broken YAML": ("a: [", "not well-formed YAML"),
    "Swagger 2": (json.dumps({"swagger": "2.0", "info": {"title": "x"}}), "OpenAPI 3.0 only"),
    "OpenAPI 3.1": (json.dumps({"openapi": "3.1.0", "info": {"title": "x"}}), "OpenAPI 3.0 only"),
    "no title": (json.dumps({"openapi": "3.0.1", "paths": {}}), "info.title is missing"),
    "paths that are none": (body(paths=[]), "paths must be an object"),
    "two requirements": (
        body(paths={"/a": {"get": {**OK, "security": [{"a": []}, {"b": []}]}}}),
        "several security requirements: a, b",
    ),
    "a Lambda integration": (
        body(paths={"/a": {"get": {"x-amazon-apigateway-integration": {"type": "aws_proxy", "uri": "x"}}}}),
        "An AWS_PROXY integration",
    ),
    "a Lambda authorizer": (
        body(components={"securitySchemes": {"l": {"x-amazon-apigateway-authorizer": {"type": "request"}}}}),
        "type REQUEST",
    ),
    "IAM": (
        body(components={"securitySchemes": {"s": {"x-amazon-apigateway-authtype": "awsSigv4"}}}),
        "IAM authorization",
    ),
    "a reference to nowhere": (
        body(paths={"/a": {"$ref": "#/components/x"}}),
        "refers to #/components/x, which is not in the document",
    ),
    "a reference elsewhere": (body(paths={"/a": {"$ref": "other.yaml#/a"}}), "not in the document"),
    "another export version": (
        body(**{"x-amazon-apigateway-importexport-version": "2.0"}),
        "importexport-version must be 1.0",
    ),
    "an integration that CreateIntegration refuses": (
        body(paths={"/a": {"get": {"x-amazon-apigateway-integration": {**INTEGRATION, "uri": "ftp://x"}}}}),
        "Invalid HTTP endpoint",
    ),
    "a route key that CreateRoute refuses": (
        body(paths={"/{a+}/b": {"get": OK}}),
        "not formatted properly",
    ),
    "a wrong time-out": (
        body(
            paths={"/a": {"get": {"x-amazon-apigateway-integration": {**INTEGRATION, "timeoutInMillis": 5}}}}
        ),
        "must be 50 to 30000",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_document_that_cannot_be_carried_out_is_refused_whole(bench: GatewayBench, case: str) -> None:
    text, words = REFUSED[case]
    assert words in bench.refused("ImportApi", Body=text)[1]
    assert bench.gw("GetApis")["Items"] == []


def test_a_basepath_that_is_none_is_refused(bench: GatewayBench) -> None:
    assert "ignore, prepend or split" in bench.refused("ImportApi", Body=body(), Basepath="append")[1]


def full_api(bench: GatewayBench) -> str:
    """Make an API with everything that a document can say."""
    api = bench.api(
        Description="d", CorsConfiguration={"AllowOrigins": ["*"], "MaxAge": 9}, Tags={"team": "wharf"}
    )
    link, authorizer = bench.link(), bench.authorizer(api)
    private = bench.integration(
        api,
        link,
        TimeoutInMillis=900,
        RequestParameters={"overwrite:path": "$request.path"},
        ResponseParameters={"500": {"overwrite:statuscode": "503"}},
        TlsConfig={"ServerNameToVerify": "b.test"},
    )
    public = bench.public_integration(api)
    jwt = {"AuthorizationType": "JWT", "AuthorizerId": authorizer, "AuthorizationScopes": ["read"]}
    bench.route(api, "GET /{proxy+}", Target=f"integrations/{private}", OperationName="Any", **jwt)
    bench.route(api, "ANY /a/{b}", Target=f"integrations/{public}")
    bench.route(api, "$default", Target=f"integrations/{public}")
    bench.route(api, "POST /nothing")
    bench.gw("UpdateApi", ApiId=api, DisableExecuteApiEndpoint=True)
    return api


def without_server_url(found: dict[str, Any]) -> dict[str, Any]:
    return {**found, "servers": [{**server, "url": None} for server in found["servers"]]}


def test_what_is_exported_imports_as_the_same_api(bench: GatewayBench) -> None:
    first = exported(bench, full_api(bench))

    again = imported(bench, json.dumps(first), FailOnWarnings=True)["ApiId"]

    assert without_server_url(exported(bench, again)) == without_server_url(first)
    operation = first["paths"]["/{proxy+}"]["get"]
    assert operation["security"] == [{"mz-dev-jwt-authorizer": ["read"]}]
    assert operation["responses"] == {"default": {"description": "Default response for GET /{proxy+}"}}
    assert operation["x-amazon-apigateway-integration"]["type"] == "http_proxy"
    assert first["paths"]["/{proxy+}"]["parameters"][0]["name"] == "proxy+"
    assert first["paths"]["/$default"]["x-amazon-apigateway-any-method"]["isDefaultRoute"] is True
    assert first["x-amazon-apigateway-importexport-version"] == "1.0"


def test_an_export_is_yaml_too_and_can_do_without_extensions(bench: GatewayBench) -> None:
    api = full_api(bench)
    answer = bench.gw("ExportApi", ApiId=api, Specification="OAS30", OutputType="YAML")
    assert yaml.safe_load(answer["body"]) == exported(bench, api)

    plain = exported(bench, api, IncludeExtensions=False)
    text = json.dumps(plain).replace("x-amazon-apigateway-any-method", "")
    assert "x-amazon" not in text
    assert plain["paths"].keys() == exported(bench, api)["paths"].keys()


def test_an_export_of_a_stage_is_what_the_stage_serves(bench: GatewayBench) -> None:
    api = bench.api()
    bench.route(api, "GET /old")
    bench.gw("CreateStage", ApiId=api, StageName="dev")
    assert (
        "no deployment"
        in bench.refused("ExportApi", ApiId=api, Specification="OAS30", OutputType="JSON", StageName="dev")[1]
    )
    bench.gw("CreateDeployment", ApiId=api, StageName="dev")
    bench.route(api, "GET /new")

    found = exported(bench, api, StageName="dev")

    assert set(found["paths"]) == {"/old"}
    assert found["servers"][0]["variables"] == {"basePath": {"default": "dev"}}
    assert set(exported(bench, api)["paths"]) == {"/old", "/new"}


def test_a_reimport_overwrites_all_but_the_id_the_endpoint_and_the_stages(bench: GatewayBench) -> None:
    api = full_api(bench)
    bench.gw("CreateStage", ApiId=api, StageName="$default", AutoDeploy=True)
    before = bench.gw("GetApi", ApiId=api)
    deployed = bench.gw("GetStage", ApiId=api, StageName="$default")["DeploymentId"]

    after = bench.gw("ReimportApi", ApiId=api, Body=body(paths={"/only": {"get": OK}}))

    assert (after["ApiId"], after["ApiEndpoint"]) == (api, before["ApiEndpoint"])
    assert (after["Name"], after["CorsConfiguration"], after["Tags"]) == ("pets", None, {})
    assert after["DisableExecuteApiEndpoint"] is False
    assert keys(bench, api) == {"GET /only"}
    assert len(bench.gw("GetIntegrations", ApiId=api)["Items"]) == 1
    assert bench.gw("GetAuthorizers", ApiId=api)["Items"] == []
    assert bench.gw("GetStage", ApiId=api, StageName="$default")["DeploymentId"] != deployed


def test_a_reimport_that_fails_changes_nothing(bench: GatewayBench) -> None:
    api = full_api(bench)
    before = exported(bench, api)

    bench.refused("ReimportApi", ApiId=api, Body=REFUSED["a Lambda integration"][0])
    bench.refused("ReimportApi", ApiId=api, Body=body(paths={"x": {}}), FailOnWarnings=True)

    assert exported(bench, api) == before
    assert bench.refused("ReimportApi", ApiId="none", Body=body())[0] == "NotFoundException"
