from __future__ import annotations

import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from tests.functional.wire.serving import ACCOUNT, REGION, Served


def test_s3_keeps_objects_by_path(cloud: Served) -> None:
    started = time.perf_counter()
    s3 = cloud.client("s3", s3={"addressing_style": "path"})
    s3.create_bucket(Bucket="by-path", CreateBucketConfiguration={"LocationConstraint": REGION})
    print(f"the first call of a neighbour took {time.perf_counter() - started:.2f} s")  # noqa: T201 - a measure, not a test
    s3.put_object(Bucket="by-path", Key="a/b c+d.txt", Body=b"\x00hello", Metadata={"with_underscore": "1"})
    found = s3.get_object(Bucket="by-path", Key="a/b c+d.txt")
    assert found["Body"].read() == b"\x00hello"
    assert found["Metadata"] == {"with_underscore": "1"}
    listed = s3.list_objects_v2(Bucket="by-path", Prefix="a/")
    assert [item["Key"] for item in listed["Contents"]] == ["a/b c+d.txt"]
    assert s3.head_object(Bucket="by-path", Key="a/b c+d.txt")["ContentLength"] == 6
    assert s3.get_bucket_location(Bucket="by-path")["LocationConstraint"] == REGION


def test_s3_finds_the_bucket_in_the_host_name(cloud: Served) -> None:
    s3 = cloud.client("s3", s3={"addressing_style": "path"})
    s3.create_bucket(Bucket="by.host", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket="by.host", Key="k", Body=b"v", ACL="public-read")
    request = urllib.request.Request(
        f"{cloud.endpoint}/k", headers={"Host": f"by.host.s3.localhost:{cloud.port}"}
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.read() == b"v"


def test_s3_answers_a_presigned_url(cloud: Served) -> None:
    s3 = cloud.client("s3", s3={"addressing_style": "path"}, signature_version="s3v4")
    s3.create_bucket(Bucket="presigned", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket="presigned", Key="k", Body=b"v")
    url = s3.generate_presigned_url("get_object", Params={"Bucket": "presigned", "Key": "k"})
    with urllib.request.urlopen(url, timeout=30) as answer:
        assert answer.read() == b"v"


SIGNED = f"AWS4-HMAC-SHA256 Credential={ACCOUNT}/20260101/{REGION}/s3/aws4_request, SignedHeaders=host"


@pytest.mark.parametrize(
    ("payload", "body", "trailer"),
    [
        (
            "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
            b"5;chunk-signature=0\r\nhello\r\n0;chunk-signature=0\r\n\r\n",
            "",
        ),
        (
            "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
            b"2\r\nhe\r\n3\r\nllo\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n",
            "x-amz-checksum-crc32",
        ),
    ],
)
def test_s3_takes_a_body_in_chunks(cloud: Served, payload: str, body: bytes, trailer: str) -> None:
    s3 = cloud.client("s3", s3={"addressing_style": "path"})
    s3.create_bucket(Bucket="chunks", CreateBucketConfiguration={"LocationConstraint": REGION})
    headers = {
        "Authorization": f"{SIGNED}, Signature=0",
        "Content-Encoding": "aws-chunked",
        "Content-Type": "text/plain",
        "x-amz-content-sha256": payload,
        "x-amz-decoded-content-length": "5",
        "x-amz-trailer": trailer,
    }
    request = urllib.request.Request(f"{cloud.endpoint}/chunks/k", body, headers, method="PUT")
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.status == 200
    assert s3.get_object(Bucket="chunks", Key="k")["Body"].read() == b"hello"
    s3.delete_object(Bucket="chunks", Key="k")
    s3.delete_bucket(Bucket="chunks")


def test_a_body_shorter_than_its_chunks_is_refused(cloud: Served) -> None:
    headers = {
        "Authorization": f"{SIGNED}, Signature=0",
        "x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
    }
    for body in (b"5\r\nhel", b"x\r\n", b"5"):
        request = urllib.request.Request(f"{cloud.endpoint}/any/k", body, headers, method="PUT")
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(request, timeout=30)
        with caught.value as answer:
            assert answer.code == 400
            assert b"IncompleteBody" in answer.read()


def test_s3_keeps_a_file_that_comes_in_parts(cloud: Served, tmp_path: Path) -> None:
    s3 = cloud.client("s3", s3={"addressing_style": "path"})
    s3.create_bucket(Bucket="parts", CreateBucketConfiguration={"LocationConstraint": REGION})
    sent, got = tmp_path / "sent", tmp_path / "got"
    sent.write_bytes(bytes(range(256)) * 4096 * 10)
    s3.upload_file(str(sent), "parts", "big")
    s3.download_file("parts", "big", str(got))
    assert got.read_bytes() == sent.read_bytes()


def test_s3_says_that_there_is_no_such_bucket(cloud: Served) -> None:
    with pytest.raises(ClientError) as caught:
        cloud.client("s3", s3={"addressing_style": "path"}).list_objects_v2(Bucket="nowhere")
    assert caught.value.response["Error"]["Code"] == "NoSuchBucket"


def test_ssm_keeps_a_parameter_in_its_account_and_region(cloud: Served) -> None:
    cloud.client("ssm").put_parameter(Name="/a", Value="1", Type="String")
    found = cloud.client("ssm").get_parameter(Name="/a")["Parameter"]
    assert found["Value"] == "1"
    assert found["ARN"] == f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/a"
    for elsewhere in (
        cloud.client("ssm", region="us-east-1"),
        cloud.client("ssm", account="444455556666"),
    ):
        with pytest.raises(ClientError) as caught:
            elsewhere.get_parameter(Name="/a")
        assert caught.value.response["Error"]["Code"] == "ParameterNotFound"


def test_a_key_that_is_no_account_means_the_account_of_the_settings(cloud: Served) -> None:
    cloud.client("ssm", account="AKIAIOSFODNN7EXAMPLE").put_parameter(Name="/k", Value="1", Type="String")
    found = cloud.client("ssm", account="000000000000").get_parameter(Name="/k")["Parameter"]
    assert found["ARN"] == f"arn:aws:ssm:{REGION}:000000000000:parameter/k"


def test_secrets_manager_keeps_a_secret(cloud: Served) -> None:
    secrets = cloud.client("secretsmanager")
    secrets.create_secret(Name="s", SecretString="hush")
    assert secrets.get_secret_value(SecretId="s")["SecretString"] == "hush"


def test_route_53_keeps_a_hosted_zone(cloud: Served) -> None:
    route53 = cloud.client("route53")
    made = route53.create_hosted_zone(Name="a.example.", CallerReference="1")["HostedZone"]
    assert route53.get_hosted_zone(Id=made["Id"])["HostedZone"]["Name"] == "a.example."


def test_cognito_makes_a_user_pool_and_signs_a_user_up_without_a_signature(cloud: Served) -> None:
    cognito = cloud.client("cognito-idp")
    pool = cognito.create_user_pool(PoolName="p")["UserPool"]
    assert pool["Id"].startswith(f"{REGION}_")
    made = cognito.create_user_pool_client(UserPoolId=pool["Id"], ClientName="c")["UserPoolClient"]
    assert pool["Arn"].split(":")[4] == ACCOUNT
    with pytest.raises(ClientError) as caught:
        cognito.sign_up(ClientId=made["ClientId"], Username="u", Password="short")
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] < 500


def test_ecr_makes_a_repository_and_classic_elb_lists_no_balancer(cloud: Served) -> None:
    made = cloud.client("ecr").create_repository(repositoryName="app")["repository"]
    assert made["repositoryArn"] == f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/app"
    assert cloud.client("elb").describe_load_balancers()["LoadBalancerDescriptions"] == []


def test_a_scheduler_group_by_rest_json(cloud: Served) -> None:
    scheduler = cloud.client("scheduler")
    scheduler.create_schedule_group(Name="g")
    assert scheduler.get_schedule_group(Name="g")["Name"] == "g"


@pytest.mark.parametrize(
    ("service", "operation", "parameters"),
    [
        ("ssm", "get_inventory_schema", {}),
        ("cloud9", "list_environments", {}),
        ("gamelift", "list_builds", {}),
        ("secretsmanager", "validate_resource_policy", {"ResourcePolicy": "{}"}),
        ("route53", "list_traffic_policies", {}),
        ("amplifyuibuilder", "list_themes", {"appId": "a", "environmentName": "e"}),
        ("devicefarm", "list_offerings", {}),
    ],
)
def test_what_moto_has_not_got_is_refused_with_a_4xx(
    cloud: Served, service: str, operation: str, parameters: dict[str, object]
) -> None:
    with pytest.raises(ClientError) as caught:
        getattr(cloud.client(service), operation)(**parameters)
    assert caught.value.response["Error"]["Code"] in {"NotImplementedException", "UnknownService"}
    assert 400 <= caught.value.response["ResponseMetadata"]["HTTPStatusCode"] < 500


def test_s3_takes_objects_where_a_policy_asks_for_tls(cloud: Served) -> None:
    s3 = cloud.client("s3", s3={"addressing_style": "path"})
    s3.create_bucket(Bucket="tls-only", CreateBucketConfiguration={"LocationConstraint": REGION})
    policy = (
        '{"Statement": [{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*",'
        ' "Condition": {"Bool": {"aws:SecureTransport": "false"}}}]}'
    )
    s3.put_bucket_policy(Bucket="tls-only", Policy=policy)

    s3.put_object(Bucket="tls-only", Key="k", Body=b"v")

    assert s3.get_object(Bucket="tls-only", Key="k")["Body"].read() == b"v"
    assert s3.get_bucket_policy(Bucket="tls-only")["Policy"] == policy
