"""Custom domain names and API mappings: what may exist, and what is compiled of them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from hatoba.cloud.apigateway.model import ApiMapping as StoredMapping
from hatoba.gateway.snapshot import ApiMapping, Domain, Snapshot
from tests.support.calls import SCOPE
from tests.support.waiting import eventually
from tests.unit.apigateway.fakes import GatewayBench

NAME = "api.example.com"
CERTIFICATE = "arn:aws:acm:ap-northeast-1:000000000000:certificate/0c1d"
REGIONAL = {"CertificateArn": CERTIFICATE, "EndpointType": "REGIONAL", "SecurityPolicy": "TLS_1_2"}
ARN = f"arn:aws:apigateway:ap-northeast-1::/domainnames/{NAME}"


@pytest.fixture
def bench() -> GatewayBench:
    return GatewayBench()


def domain(bench: GatewayBench, **params: Any) -> Mapping[str, Any]:
    given = {"DomainName": NAME, "DomainNameConfigurations": [REGIONAL], **params}
    return bench.gw("CreateDomainName", **given)


def mapped(bench: GatewayBench, key: str = "", stage: str = "$default") -> tuple[str, str]:
    """Make an API with a stage and map it; return the API's and the mapping's id."""
    api = bench.api()
    bench.gw("CreateStage", ApiId=api, StageName=stage, AutoDeploy=True)
    made = bench.gw("CreateApiMapping", DomainName=NAME, ApiId=api, Stage=stage, ApiMappingKey=key)
    return api, made["ApiMappingId"]


def served(bench: GatewayBench, wanted: int) -> Snapshot:
    async def run() -> None:
        loop = asyncio.ensure_future(bench.service.loops()[0]())
        try:
            await eventually(
                lambda: (
                    sum(len(each.mappings) for each in bench.gateway.snapshot.domains) == wanted
                    if bench.gateway.served
                    else False
                )
            )
        finally:
            loop.cancel()

    asyncio.run(run())
    return bench.gateway.snapshot


def test_a_domain_name_is_read_as_it_was_written(bench: GatewayBench) -> None:
    made = domain(bench, Tags={"a": "b"})

    (configuration,) = made["DomainNameConfigurations"]
    assert configuration["ApiGatewayDomainName"].endswith(".execute-api.ap-northeast-1.amazonaws.com")
    assert configuration["ApiGatewayDomainName"].startswith("d-")
    assert configuration["HostedZoneId"] == "Z1YSHQZHG15GKL"
    assert configuration["DomainNameStatus"] == "AVAILABLE"
    assert {name: configuration[name] for name in REGIONAL} == REGIONAL
    assert made["ApiMappingSelectionExpression"] == "$request.basepath"
    assert made["DomainNameArn"] == ARN
    assert bench.gw("GetDomainName", DomainName=NAME) == made
    assert bench.gw("GetDomainNames")["Items"] == [made]


def test_an_update_changes_the_certificate_and_keeps_the_target(bench: GatewayBench) -> None:
    before = domain(bench)["DomainNameConfigurations"][0]

    bench.gw(
        "UpdateDomainName",
        DomainName=NAME,
        DomainNameConfigurations=[{"CertificateArn": f"{CERTIFICATE}-2", "IpAddressType": "dualstack"}],
    )

    after = bench.gw("GetDomainName", DomainName=NAME)["DomainNameConfigurations"][0]
    assert after == {**before, "CertificateArn": f"{CERTIFICATE}-2", "IpAddressType": "dualstack"}


def test_a_domain_name_has_tags_by_its_arn(bench: GatewayBench) -> None:
    domain(bench, Tags={"a": "1"})

    bench.gw("TagResource", ResourceArn=ARN, Tags={"b": "2"})
    bench.gw("UntagResource", ResourceArn=ARN, TagKeys=["a"])

    assert bench.gw("GetTags", ResourceArn=ARN)["Tags"] == {"b": "2"}
    assert bench.gw("GetDomainName", DomainName=NAME)["Tags"] == {"b": "2"}


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"DomainName": "localhost"}, "fully qualified"),
        ({"DomainName": "a..example.com"}, "fully qualified"),
        ({"DomainName": "*.example.com"}, "wildcard custom domain name"),
        ({"DomainNameConfigurations": []}, "exactly one"),
        ({"DomainNameConfigurations": [{"CertificateArn": "mine"}]}, "CertificateArn"),
        ({"DomainNameConfigurations": [{**REGIONAL, "EndpointType": "EDGE"}]}, "REGIONAL"),
        ({"DomainNameConfigurations": [{**REGIONAL, "SecurityPolicy": "TLS_1_0"}]}, "TLS_1_2"),
        ({"MutualTlsAuthentication": {"TruststoreUri": "s3://b/k"}}, "MutualTlsAuthentication"),
        ({"RoutingMode": "ROUTING_RULE_ONLY"}, "routing rules"),
    ],
)
def test_what_cannot_be_served_is_refused(bench: GatewayBench, params: dict[str, Any], words: str) -> None:
    given = {"DomainName": NAME, "DomainNameConfigurations": [REGIONAL], **params}
    assert words in bench.refused("CreateDomainName", **given)[1]


def test_a_domain_name_exists_once(bench: GatewayBench) -> None:
    domain(bench)

    refusal = bench.refused("CreateDomainName", DomainName=NAME.upper(), DomainNameConfigurations=[REGIONAL])

    assert refusal == ("ConflictException", "The domain name you provided already exists.")


def test_mappings_are_created_read_changed_and_deleted(bench: GatewayBench) -> None:
    domain(bench)
    api, mapping = mapped(bench, "orders/v1")
    of_mapping: dict[str, Any] = {"DomainName": NAME, "ApiMappingId": mapping}

    changed = bench.gw("UpdateApiMapping", **of_mapping, ApiId=api, ApiMappingKey="orders/v2")

    assert changed == {
        "ApiId": api,
        "ApiMappingId": mapping,
        "ApiMappingKey": "orders/v2",
        "Stage": "$default",
    }
    assert bench.gw("GetApiMapping", **of_mapping) == changed
    assert bench.gw("GetApiMappings", DomainName=NAME)["Items"] == [changed]
    bench.gw("DeleteApiMapping", **of_mapping)
    assert bench.refused("GetApiMapping", **of_mapping)[0] == "NotFoundException"


def test_a_mapping_needs_its_domain_name_its_api_and_its_stage(bench: GatewayBench) -> None:
    api = bench.api()
    given = {"DomainName": NAME, "ApiId": api, "Stage": "dev"}

    assert bench.refused("CreateApiMapping", **given)[0] == "NotFoundException"
    domain(bench)
    assert bench.refused("CreateApiMapping", **given) == (
        "BadRequestException",
        "Invalid stage identifier specified",
    )
    assert bench.refused("CreateApiMapping", **{**given, "ApiId": "none"})[0] == "NotFoundException"


@pytest.mark.parametrize("key", ["/", "/orders", "orders/", "a//b", "a b", "a%20b", "a" * 301])
def test_a_mapping_key_has_only_what_aws_takes(bench: GatewayBench, key: str) -> None:
    domain(bench)
    api = bench.api()
    bench.gw("CreateStage", ApiId=api, StageName="dev")

    refusal = bench.refused("CreateApiMapping", DomainName=NAME, ApiId=api, Stage="dev", ApiMappingKey=key)

    assert refusal[0] == "BadRequestException"
    assert "ApiMapping" in refusal[1]


def test_a_domain_name_has_two_hundred_mappings_of_several_levels_at_the_most(bench: GatewayBench) -> None:
    domain(bench)
    api, _ = mapped(bench)
    table = bench.service._store.api_mappings
    for number in range(200):
        table.put(SCOPE, StoredMapping(NAME, f"id{number:04}", f"many/{number}", api, "$default"))
    given: dict[str, Any] = {"DomainName": NAME, "ApiId": api, "Stage": "$default"}

    code, _ = bench.refused("CreateApiMapping", **given, ApiMappingKey="one/more")

    assert code == "TooManyRequestsException"
    assert bench.gw("CreateApiMapping", **given, ApiMappingKey="single")["ApiMappingKey"] == "single"


def test_two_mappings_cannot_have_one_key(bench: GatewayBench) -> None:
    domain(bench)
    api, _ = mapped(bench, "orders")

    refusal = bench.refused(
        "CreateApiMapping", DomainName=NAME, ApiId=api, Stage="$default", ApiMappingKey="orders"
    )

    assert refusal[0] == "ConflictException"


def test_what_is_mapped_is_not_deleted(bench: GatewayBench) -> None:
    domain(bench)
    api, mapping = mapped(bench, stage="dev")

    assert mapping in bench.refused("DeleteApi", ApiId=api)[1]
    assert mapping in bench.refused("DeleteStage", ApiId=api, StageName="dev")[1]

    bench.gw("DeleteDomainName", DomainName=NAME)
    bench.gw("DeleteApi", ApiId=api)
    assert bench.refused("GetApiMappings", DomainName=NAME)[0] == "NotFoundException"


def test_mappings_are_compiled_and_open_a_disabled_endpoint_to_the_domain_only(bench: GatewayBench) -> None:
    domain(bench)
    api, _ = mapped(bench, "orders/v1")
    bench.gw("UpdateApi", ApiId=api, DisableExecuteApiEndpoint=True)

    snapshot = served(bench, 1)

    assert snapshot.domains == (Domain(NAME, (ApiMapping("orders/v1", api, "$default"),)),)
    (stage,) = snapshot.apis[0].stages
    assert stage.by_domain_only


def test_a_reset_of_the_authorizers_cache_needs_its_stage(bench: GatewayBench) -> None:
    api = bench.api()
    assert bench.refused("ResetAuthorizersCache", ApiId=api, StageName="dev")[0] == "NotFoundException"
    bench.gw("CreateStage", ApiId=api, StageName="dev")
    assert bench.gw("ResetAuthorizersCache", ApiId=api, StageName="dev") == {}
