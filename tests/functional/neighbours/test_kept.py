"""What neighbours acknowledged is there after SIGKILL, with the same ids."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.functional.neighbours.test_brought import SCALED, TRACKED, make_service
from tests.functional.server.killing import cloud_that_is_killed
from tests.support.cloud import RunningCloud, running_cloud

LARGE = bytes(range(256)) * 1024


def make(cloud: RunningCloud) -> None:
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket="kept-bucket", CreateBucketConfiguration={"LocationConstraint": cloud.run.region})
    s3.put_object(Bucket="kept-bucket", Key="small", Body=b"hello", Metadata={"colour": "blue"})
    s3.put_object(Bucket="kept-bucket", Key="large", Body=LARGE)
    s3.put_object(Bucket="kept-bucket", Key="gone", Body=LARGE + b"!")
    s3.delete_object(Bucket="kept-bucket", Key="gone")
    cloud.client("ssm").put_parameter(Name="/kept", Value="v", Type="String")
    cloud.client("secretsmanager").create_secret(Name="kept", SecretString="hush")
    cloud.client("ecr").create_repository(repositoryName="kept")
    kms = cloud.client("kms")
    kms.create_key(Description="kept", KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")
    cloud.client("events").put_rule(Name="kept", ScheduleExpression="rate(5 minutes)")
    cloud.client("route53").create_hosted_zone(Name="kept.example", CallerReference="1")
    make_scaling(cloud)
    cognito = cloud.client("cognito-idp")
    pool = cognito.create_user_pool(PoolName="kept")["UserPool"]["Id"]
    cognito.create_user_pool_client(UserPoolId=pool, ClientName="kept")
    cognito.admin_create_user(UserPoolId=pool, Username="user")


def make_scaling(cloud: RunningCloud) -> None:
    scaling = cloud.client("application-autoscaling")
    target = SCALED | {"ResourceId": make_service(cloud, "kept", "app")}
    scaling.register_scalable_target(**target, MinCapacity=1, MaxCapacity=4)
    scaling.put_scaling_policy(
        **target,
        PolicyName="cpu",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration=TRACKED,
    )


def seen(cloud: RunningCloud) -> dict[str, Any]:
    s3 = cloud.client("s3")
    small = s3.get_object(Bucket="kept-bucket", Key="small")
    secrets = cloud.client("secretsmanager")
    kms = cloud.client("kms")
    keys = [each["KeyId"] for each in kms.list_keys()["Keys"]]
    scaling = cloud.client("application-autoscaling")
    cognito = cloud.client("cognito-idp")
    [pool] = [each for each in cognito.list_user_pools(MaxResults=9)["UserPools"] if each["Name"] == "kept"]
    return {
        "keys of S3": [each["Key"] for each in s3.list_objects_v2(Bucket="kept-bucket")["Contents"]],
        "small": (small["Body"].read(), small["Metadata"], small["ETag"], small["LastModified"]),
        "large": s3.get_object(Bucket="kept-bucket", Key="large")["Body"].read() == LARGE,
        "parameter": cloud.client("ssm").get_parameter(Name="/kept")["Parameter"]["Value"],
        "secret": secrets.describe_secret(SecretId="kept")["ARN"],
        "hush": secrets.get_secret_value(SecretId="kept")["SecretString"],
        "repository": cloud.client("ecr").describe_repositories()["repositories"],
        "public key": [kms.get_public_key(KeyId=each)["PublicKey"] for each in keys],
        "rule": [each["Arn"] for each in cloud.client("events").list_rules()["Rules"]],
        "zones": [each["Id"] for each in cloud.client("route53").list_hosted_zones()["HostedZones"]],
        "scaled": scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"],
        "scaling": scaling.describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"],
        "alarms": {
            each["AlarmName"] for each in cloud.client("cloudwatch").describe_alarms()["MetricAlarms"]
        },
        "pool": pool["Id"],
        "clients": cognito.list_user_pool_clients(UserPoolId=pool["Id"])["UserPoolClients"],
        "users": [each["Username"] for each in cognito.list_users(UserPoolId=pool["Id"])["Users"]],
    }


@pytest.mark.timeout(600)
def test_every_acknowledged_change_survives_the_kill_with_its_ids(tmp_path: Path) -> None:
    with cloud_that_is_killed(tmp_path / "cloud") as first:
        make(first)
        before = seen(first)

    with running_cloud(tmp_path / "cloud") as second:
        after = seen(second)
        second.client("ssm").put_parameter(Name="/later", Value="v", Type="String")

    assert before["keys of S3"] == ["large", "small"]
    assert [each["ResourceId"] for each in before["scaled"]] == ["service/kept/app"]
    assert {each["AlarmName"] for each in before["scaling"][0]["Alarms"]} == before["alarms"]
    assert after == before
