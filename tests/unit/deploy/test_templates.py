"""Templates that are too large for a call: where they go, and what is said where they cannot go anywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from hatoba import DefinitionError, Raw, System
from hatoba.definition.environments import LOCAL_BUCKET, Environment, read_environment
from hatoba.deploy import Connection, prepare
from hatoba.deploy.templates import BODY_LIMIT, OBJECT_LIMIT, sent


class Meta:
    """What botocore's client knows of itself."""

    endpoint_url = "https://s3.eu-west-1.amazonaws.com"
    region_name = "eu-west-1"


class FakeS3:
    """Buckets with their objects, by boto3's methods."""

    def __init__(self, *buckets: str) -> None:
        self.objects: dict[str, dict[str, bytes]] = {name: {} for name in buckets}
        self.meta = Meta()

    def list_buckets(self) -> dict[str, Any]:
        return {"Buckets": [{"Name": name} for name in self.objects]}

    def create_bucket(self, **given: Any) -> None:
        assert given["CreateBucketConfiguration"] == {"LocationConstraint": "eu-west-1"}
        self.objects[given["Bucket"]] = {}

    def put_object(self, **given: Any) -> None:
        assert given["ContentType"] == "application/json"
        self.objects[given["Bucket"]][given["Key"]] = given["Body"]


def connection(s3: FakeS3, bucket: str | None) -> Connection:
    def client(service: str) -> FakeS3:
        assert service == "s3"
        return s3

    return Connection(cast("Any", None), cast("Any", None), 0.0, client, bucket)


def environment(bucket: str | None = None) -> Environment:
    return Environment("dev", "eu-west-1", "111122223333", {}, Path("environments.toml"), bucket)


def big(groups: int, text: int = 250) -> System:
    """A system of log groups with long tags."""
    tags = [{"Key": f"k{n}", "Value": "v" * text} for n in range(10)]
    names = [f"Log{n}" for n in range(groups)]
    return System("big", resources=[Raw(name, "AWS::Logs::LogGroup", {"Tags": tags}) for name in names])


LARGE = "x" * (BODY_LIMIT + 1)


def test_a_template_goes_with_the_call_as_long_as_it_fits() -> None:
    assert sent(connection(FakeS3("mine"), "mine"), "big", "{}") == {"TemplateBody": "{}"}
    assert sent(connection(FakeS3(), None), "big", LARGE) == {"TemplateBody": LARGE}


def test_a_large_template_goes_by_the_bucket_under_a_name_of_its_own_content() -> None:
    s3 = FakeS3("mine")

    first, again = (sent(connection(s3, "mine"), "big", LARGE) for _ in range(2))

    assert first == again
    ((key, body),) = s3.objects["mine"].items()
    assert body == LARGE.encode()
    assert key.startswith("big/")
    assert first == {"TemplateURL": f"https://s3.eu-west-1.amazonaws.com/mine/{key}"}


def test_the_local_bucket_is_made_when_it_is_needed_first() -> None:
    s3 = FakeS3()
    for _ in range(2):
        sent(connection(s3, LOCAL_BUCKET), "big", LARGE)

    assert list(s3.objects) == [LOCAL_BUCKET]


def test_a_large_template_without_a_bucket_is_a_fault_that_names_the_key() -> None:
    with pytest.raises(DefinitionError) as refused:
        prepare(big(20), environment())

    (fault,) = refused.value.faults
    assert fault.place.key == "dev.template_bucket"
    assert "takes 51200 with a call, and more from S3" in fault.rule
    assert 'template_bucket = "…"' in fault.remedy


def test_with_a_bucket_it_is_prepared() -> None:
    prepared = prepare(big(20), environment("team-templates"))

    assert BODY_LIMIT < len(prepared.template) < OBJECT_LIMIT


@pytest.mark.parametrize(
    ("system", "rule"),
    [(big(400), "CloudFormation takes 1000000 from S3"), (big(501, 1), "a stack has up to 500")],
)
def test_what_no_stack_can_hold_is_a_fault(system: System, rule: str) -> None:
    with pytest.raises(DefinitionError, match=rule) as refused:
        prepare(system, environment("team-templates"))

    assert refused.value.faults[0].remedy == "Split the system in two."


def test_an_environment_names_its_bucket(tmp_path: Path) -> None:
    file = tmp_path / "environments.toml"
    where = 'account = "111122223333"\nregion = "eu-west-1"\n'
    file.write_text(
        f'[dev]\n{where}template_bucket = "team-templates"\n[bad]\n{where}template_bucket = "A"\n'
    )

    assert read_environment(file, "dev", []).bucket == "team-templates"
    assert read_environment(file, "local", []).bucket == LOCAL_BUCKET
    with pytest.raises(DefinitionError, match="template_bucket is 'A'"):
        read_environment(file, "bad", [])
