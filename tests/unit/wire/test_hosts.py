"""DNS rebinding: under which names the endpoint answers."""

from __future__ import annotations

import pytest

from hatoba.cloud.wire.hosts import is_own_name


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1:4566",
        "127.0.0.1",
        "[::1]:4566",
        "172.17.0.1:4566",
        "localhost:4566",
        "LOCALHOST.",
        "data-localhost:4566",
        "data-127.0.0.1:4566",
        "streaming-127.0.0.1:4566",
        "stream-127.0.0.1:4566",
        "bucket.s3.localhost.localstack.cloud:4566",
        "bucket.localhost:4566",
        "host.docker.internal:4566",
        "hatoba:4566",
        "cognito-idp.ap-northeast-1.amazonaws.com",
        "",
    ],
)
def test_names_of_this_machine_and_of_aws_are_answered(host: str) -> None:
    assert is_own_name(host)


@pytest.mark.parametrize(
    "host",
    [
        "attacker.example",
        "attacker.example:4566",
        "127.0.0.1.attacker.example:4566",
        "localhost.attacker.example",
        "amazonaws.com.attacker.example",
        "notamazonaws.com",
        "evillocalhost.example",
        "localstack.cloud",
        "7f000001.c0a80001.rbndr.us:4566",
        "data-attacker.example",
        "stream-attacker.example",
        "attacker.example.:4566",
        "user@attacker.example",
        "127.0.0.1.nip.io",
    ],
)
def test_names_that_anybody_can_lead_here_are_not(host: str) -> None:
    assert not is_own_name(host)
