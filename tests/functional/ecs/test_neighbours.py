"""Secrets, parameters and environment files from where they really are: the neighbours."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from hatoba.cloud.ecs.act import resolving
from hatoba.cloud.ecs.act.alarms import AlarmWatch
from hatoba.cloud.ecs.act.outside import Outside, answers
from hatoba.cloud.ecs.definition import ContainerDefinition, EnvironmentFile, Secret
from hatoba.cloud.ecs.pace import Pace
from hatoba.cloud.ecs.store import Store
from hatoba.cloud.neighbours import Neighbours
from tests.support.calls import SCOPE, Bench
from tests.unit.ecs.yard import OneRuntime, ScriptedRuntime, Streams


def test_values_are_fetched_by_arn_by_name_and_from_a_file() -> None:
    async def story() -> None:
        bench = Bench()
        neighbours = Neighbours(bench.world)
        bench.dispatcher._elsewhere = neighbours.invoke

        async def ask(service: str, operation: str, **params: Any) -> Mapping[str, Any]:
            return await bench.dispatcher(bench.call_as(SCOPE, service), service, operation, params)

        made = await ask(
            "secretsmanager",
            "CreateSecret",
            Name="db",
            SecretString='{"user": "me"}',
            ClientRequestToken="t" * 32,
        )
        await ask(
            "secretsmanager",
            "PutSecretValue",
            SecretId="db",
            SecretString='{"user": "you", "port": 5432}',
            ClientRequestToken="u" * 32,
        )
        await ask("ssm", "PutParameter", Name="/app/url", Value="db://", Type="SecureString")
        await ask("ssm", "PutParameter", Name="plain", Value="1", Type="String")
        place = {"LocationConstraint": SCOPE.region}
        await ask("s3", "CreateBucket", Bucket="files", CreateBucketConfiguration=place)
        await ask("s3", "PutObject", Bucket="files", Key="x/one.env", Body=b"A=1\n# no\n")

        runtime = ScriptedRuntime([], bench.clock)
        outside = Outside(bench.world, Store(bench.state), OneRuntime(runtime), Streams(), Pace(), answers)
        parameters = f"arn:aws:ssm:{SCOPE.region}:{SCOPE.account}:parameter"
        definition = ContainerDefinition(
            name="app",
            image="i",
            secrets=(
                Secret("USER", f"{made['ARN']}:user::"),
                Secret("BEFORE", f"{made['ARN']}:user:AWSPREVIOUS:"),
                Secret("FIRST", f"{made['ARN']}:user::{'t' * 32}"),
                Secret("PORT", f"{made['ARN']}:port::"),
                Secret("WHOLE", made["ARN"]),
                Secret("URL", f"{parameters}/app/url"),
                Secret("PLAIN", f"{parameters}/plain"),
                Secret("NAMED", "plain"),
            ),
        )
        try:
            assert await resolving.secrets(outside, SCOPE, definition) == {
                "USER": "you",
                "BEFORE": "me",
                "FIRST": "me",
                "PORT": "5432",
                "WHOLE": '{"user": "you", "port": 5432}',
                "URL": "db://",
                "PLAIN": "1",
                "NAMED": "1",
            }
            file = EnvironmentFile("arn:aws:s3:::files/x/one.env")
            assert await resolving.environment_files(outside, SCOPE, (file,)) == {"A": "1"}
        finally:
            await neighbours.close()

    asyncio.run(story())


def test_alarms_that_ring_are_told_from_those_that_do_not_or_do_not_stand() -> None:
    async def story() -> None:
        bench = Bench()
        neighbours = Neighbours(bench.world)
        bench.dispatcher._elsewhere = neighbours.invoke

        async def ask(operation: str, **params: Any) -> None:
            await bench.dispatcher(bench.call_as(SCOPE, "cloudwatch"), "cloudwatch", operation, params)

        runtime = ScriptedRuntime([], bench.clock)
        outside = Outside(bench.world, Store(bench.state), OneRuntime(runtime), Streams(), Pace(), answers)
        try:
            for name in ("errors", "latency"):
                await ask(
                    "PutMetricAlarm",
                    AlarmName=name,
                    ComparisonOperator="GreaterThanThreshold",
                    EvaluationPeriods=1,
                    MetricName=name,
                    Namespace="shop",
                    Period=60,
                    Statistic="Sum",
                    Threshold=1.0,
                )
            await ask("SetAlarmState", AlarmName="errors", StateValue="ALARM", StateReason="a test")
            watch = AlarmWatch(outside)
            assert await watch.ringing(SCOPE, ("errors", "latency", "none")) == {"errors"}
            assert await watch.ringing(SCOPE, ("latency",)) == set()
        finally:
            await neighbours.close()

    asyncio.run(story())
