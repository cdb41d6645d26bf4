"""Stacks beside the reference system: a network of one's own, CDK's bootstrap, templates in S3."""

from __future__ import annotations

import pytest

from hatoba.cloud.wire import ServiceError
from tests.functional.cloudformation.cloud import TEMPLATES, SmallCloud, parameters, up, update
from tests.functional.cloudformation.test_reference_stack import in_cloud

NETWORK = (TEMPLATES / "network.yaml").read_text()
BOOTSTRAP = (TEMPLATES / "bootstrap.yaml").read_text()


def test_a_network_is_made_changed_in_place_and_taken_down() -> None:
    async def scenario(cloud: SmallCloud) -> None:
        before = await standing(cloud)
        stack_id = await up(cloud, NETWORK)
        stack = await cloud.settled()
        assert (stack["StackStatus"], await cloud.failures()) == ("CREATE_COMPLETE", [])
        assert stack["Outputs"][0]["OutputValue"].startswith("sg-")
        found = await cloud.call(
            "ec2", "DescribeSubnets", Filters=[{"Name": "vpc-id", "Values": [await vpc(cloud)]}]
        )
        assert sorted((each["CidrBlock"], each["AvailabilityZone"]) for each in found["Subnets"]) == [
            ("10.9.0.0/24", "ap-northeast-1a"),
            ("10.9.1.0/24", "ap-northeast-1c"),
        ]

        stack = await update(cloud, NETWORK.replace("among themselves", "told anew"), HostNames="false")
        assert (stack["StackStatus"], await cloud.failures()) == ("UPDATE_COMPLETE", [])
        names = await cloud.call(
            "ec2", "DescribeVpcAttribute", VpcId=await vpc(cloud), Attribute="enableDnsHostnames"
        )
        assert names["EnableDnsHostnames"] == {"Value": False}

        await cloud.cfn("DeleteStack", StackName="mz-dev")
        stack = await cloud.settled(stack_id)
        assert (stack["StackStatus"], await cloud.failures(stack_id)) == ("DELETE_COMPLETE", [])
        assert await standing(cloud) == before

    in_cloud(scenario)


async def vpc(cloud: SmallCloud) -> str:
    found = await cloud.cfn("DescribeStackResource", StackName="mz-dev", LogicalResourceId="Vpc")
    return str(found["StackResourceDetail"]["PhysicalResourceId"])


async def standing(cloud: SmallCloud) -> dict[str, int]:
    """Count what stands in the network."""
    kinds = ("Vpcs", "Subnets", "SecurityGroups", "RouteTables", "InternetGateways", "Addresses")
    return {kind: len((await cloud.call("ec2", f"Describe{kind}"))[kind]) for kind in kinds}


def test_the_bootstrap_stack_of_cdk_stands_on_the_neighbours() -> None:
    async def scenario(cloud: SmallCloud) -> None:
        stack_id = await up(cloud, BOOTSTRAP, "CDKToolkit", FileAssetsBucketKmsKeyId="")
        stack = await cloud.settled("CDKToolkit")
        assert (stack["StackStatus"], await cloud.failures("CDKToolkit")) == ("CREATE_COMPLETE", [])
        outputs = {item["OutputKey"]: item["OutputValue"] for item in stack["Outputs"]}
        bucket = "cdk-hnb659fds-assets-000000000000-ap-northeast-1"
        assert outputs["BucketName"] == bucket
        assert outputs["BucketDomainName"] == f"{bucket}.s3.ap-northeast-1.amazonaws.com"
        assert outputs["BootstrapVersion"] == "32"
        assert outputs["FileAssetKeyArn"] == ""

        version = {
            "Type": "AWS::SSM::Parameter::Value<String>",
            "Default": "/cdk-bootstrap/hnb659fds/version",
        }
        await cloud.cfn(
            "CreateStack",
            StackName="reader",
            TemplateBody=READER.replace("VERSION", str(version)),
            Parameters=parameters(),
        )
        await cloud.settled("reader")
        assert (await cloud.stack("reader"))["Parameters"][0]["ResolvedValue"] == "32"

        await cloud.cfn("DeleteStack", StackName="CDKToolkit")
        stack = await cloud.settled(stack_id)
        assert (stack["StackStatus"], await cloud.failures(stack_id)) == ("DELETE_COMPLETE", [])

    in_cloud(scenario)


def test_a_template_is_read_from_s3_by_each_form_of_its_address() -> None:
    async def scenario(cloud: SmallCloud) -> None:
        place = {"LocationConstraint": "ap-northeast-1"}
        await cloud.call("s3", "CreateBucket", Bucket="texts", CreateBucketConfiguration=place)
        await cloud.call("s3", "PutObject", Bucket="texts", Key="t/network.yaml", Body=NETWORK.encode())
        for url in (
            "http://127.0.0.1:4566/texts/t/network.yaml",
            "https://s3.ap-northeast-1.amazonaws.com/texts/t/network.yaml",
            "https://texts.s3.ap-northeast-1.amazonaws.com/t/network.yaml",
        ):
            (parameter,) = (await cloud.cfn("ValidateTemplate", TemplateURL=url))["Parameters"]
            assert parameter["ParameterKey"] == "HostNames"
        with pytest.raises(ServiceError, match="S3 error: The specified key does not exist"):
            await cloud.cfn("ValidateTemplate", TemplateURL="http://127.0.0.1:4566/texts/none")

    in_cloud(scenario)


READER = """
Parameters: {BootstrapVersion: VERSION}
Resources:
  Metadata:
    Type: AWS::CDK::Metadata
    Properties: {Analytics: "v2:deflate64:x"}
"""
