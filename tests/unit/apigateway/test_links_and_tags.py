"""VPC links through their life, and tags of everything that has an ARN."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.support.waiting import eventually
from tests.unit.apigateway.fakes import GatewayBench

ARN = "arn:aws:apigateway:ap-northeast-1::"


@pytest.fixture
def bench() -> GatewayBench:
    return GatewayBench()


def settle(bench: GatewayBench) -> None:
    """Run the loops until no link is on its way."""

    async def run() -> None:
        tasks = [asyncio.ensure_future(loop()) for loop in bench.service.loops()]
        try:
            await eventually(lambda: not any(word in links(bench) for word in ("PENDING", "DELETING")))
        finally:
            for task in tasks:
                task.cancel()

    asyncio.run(run())


def links(bench: GatewayBench) -> str:
    return str(bench.state.execute("SELECT body FROM apigateway_vpclink"))


def test_a_link_is_made_pending_and_becomes_available(bench: GatewayBench) -> None:
    made = bench.gw(
        "CreateVpcLink", Name="link", SubnetIds=["subnet-a"], SecurityGroupIds=["sg-a"], Tags={"a": "b"}
    )

    assert len(made["VpcLinkId"]) == 6
    assert made["VpcLinkStatus"] == "PENDING"
    assert made["VpcLinkStatusMessage"] == "VPC link is provisioning ENIs"
    assert made["VpcLinkVersion"] == "V2"
    settle(bench)
    link = bench.gw("GetVpcLink", VpcLinkId=made["VpcLinkId"])
    assert link["VpcLinkStatus"] == "AVAILABLE"
    assert link["VpcLinkStatusMessage"] == "VPC link is ready to route traffic"
    assert (link["SubnetIds"], link["SecurityGroupIds"], link["Tags"]) == (["subnet-a"], ["sg-a"], {"a": "b"})


def test_a_deleted_link_is_deleting_and_then_gone(bench: GatewayBench) -> None:
    link = bench.link()
    settle(bench)

    bench.gw("DeleteVpcLink", VpcLinkId=link)

    assert bench.gw("GetVpcLink", VpcLinkId=link)["VpcLinkStatus"] == "DELETING"
    settle(bench)
    assert bench.refused("GetVpcLink", VpcLinkId=link)[0] == "NotFoundException"


def test_a_link_in_use_stays(bench: GatewayBench) -> None:
    link = bench.link()
    integration = bench.integration(bench.api(), link)

    assert bench.refused("DeleteVpcLink", VpcLinkId=link) == (
        "BadRequestException",
        (
            f"Cannot delete vpc link. Vpc link '{link}', is referenced in [ANY:{integration}]"
            " in format of [Method:Resource]."
        ),
    )


def test_only_the_name_of_a_link_changes(bench: GatewayBench) -> None:
    link = bench.link()

    assert bench.gw("UpdateVpcLink", VpcLinkId=link, Name="new")["Name"] == "new"
    assert [found["Name"] for found in bench.gw("GetVpcLinks")["Items"]] == ["new"]


def test_the_subnets_of_a_link_must_be_there(bench: GatewayBench) -> None:
    code, message = bench.refused("CreateVpcLink", Name="link", SubnetIds=["nowhere"])

    assert code == "BadRequestException"
    assert "nowhere" in message


@pytest.mark.parametrize(
    "members", [{"Name": ""}, {"SubnetIds": []}, {"SubnetIds": [f"subnet-{number}" for number in range(11)]}]
)
def test_what_a_link_cannot_have_is_refused(bench: GatewayBench, members: dict[str, Any]) -> None:
    asked = {"Name": "link", "SubnetIds": ["subnet-a"], **members}

    assert bench.refused("CreateVpcLink", **asked)[0] == "BadRequestException"


def test_apis_stages_and_links_have_tags_by_arn(bench: GatewayBench) -> None:
    api, link = bench.api(), bench.link()
    bench.gw("CreateStage", ApiId=api, StageName="$default")

    for path in (f"/apis/{api}", f"/apis/{api}/stages/$default", f"/vpclinks/{link}"):
        arn = ARN + path
        bench.gw("TagResource", ResourceArn=arn, Tags={"a": "1", "b": "2"})
        bench.gw("TagResource", ResourceArn=arn, Tags={"b": "3"})
        bench.gw("UntagResource", ResourceArn=arn, TagKeys=["a", "absent"])
        assert bench.gw("GetTags", ResourceArn=arn)["Tags"] == {"b": "3"}

    assert bench.gw("GetApi", ApiId=api)["Tags"] == {"b": "3"}
    assert bench.gw("GetStage", ApiId=api, StageName="$default")["Tags"] == {"b": "3"}
    assert bench.gw("GetVpcLink", VpcLinkId=link)["Tags"] == {"b": "3"}


@pytest.mark.parametrize(
    ("arn", "code"),
    [
        (f"{ARN}/apis/unknown000", "NotFoundException"),
        (f"{ARN}/vpclinks/abc123", "NotFoundException"),
        (f"{ARN}/apis/unknown000/routes/abc1234", "BadRequestException"),
        ("arn:aws:apigateway:eu-west-1::/apis/unknown000", "BadRequestException"),
        ("arn:aws:apigateway:ap-northeast-1:000000000000:/apis/x", "BadRequestException"),
        ("not an arn", "BadRequestException"),
    ],
)
def test_tags_of_what_is_not_there_are_refused(bench: GatewayBench, arn: str, code: str) -> None:
    assert bench.refused("GetTags", ResourceArn=arn)[0] == code
    assert bench.refused("TagResource", ResourceArn=arn, Tags={"a": "b"})[0] == code


def test_a_resource_has_fifty_tags_at_the_most(bench: GatewayBench) -> None:
    arn = f"{ARN}/apis/{bench.api()}"
    bench.gw("TagResource", ResourceArn=arn, Tags={f"key{number}": "x" for number in range(50)})

    assert bench.refused("TagResource", ResourceArn=arn, Tags={"one more": "x"})[0] == "BadRequestException"


def test_tags_of_cloudformation_are_kept_and_other_reserved_ones_refused(bench: GatewayBench) -> None:
    arn = f"{ARN}/apis/{bench.api()}"
    bench.gw("TagResource", ResourceArn=arn, Tags={"aws:cloudformation:stack-name": "s"})

    assert bench.gw("GetTags", ResourceArn=arn)["Tags"] == {"aws:cloudformation:stack-name": "s"}
    assert bench.refused("TagResource", ResourceArn=arn, Tags={"aws:x": "y"})[0] == "BadRequestException"
