"""Event patterns match as EventBridge's do, and what cannot be read is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hatoba.cloud.events.pattern import InvalidPattern, read

EVENT: dict[str, Any] = {
    "source": "aws.ecs",
    "resources": ["arn:1", "arn:2"],
    "detail": {
        "lastStatus": "STOPPED",
        "version": 6,
        "ratio": 0.5,
        "enableExecuteCommand": False,
        "note": None,
        "ip": "10.0.3.7",
        "empty": [],
        "containers": [{"name": "app", "exitCode": 0}, {"name": "log", "exitCode": 137}],
        "overrides": {"cpu": "256"},
    },
}


def detail(**wanted: Any) -> dict[str, Any]:
    return {"detail": wanted}


@pytest.mark.parametrize(
    "pattern",
    [
        {"source": ["aws.ec2", "aws.ecs"]},
        {"resources": ["arn:2"]},
        detail(version=[6]),
        detail(enableExecuteCommand=[False]),
        detail(note=[None]),
        detail(lastStatus=[{"prefix": "STOP"}]),
        detail(lastStatus=[{"prefix": {"equals-ignore-case": "stop"}}]),
        detail(lastStatus=[{"suffix": "PED"}]),
        detail(lastStatus=[{"suffix": {"equals-ignore-case": "ped"}}]),
        detail(lastStatus=[{"equals-ignore-case": "stopped"}]),
        detail(lastStatus=[{"wildcard": "S*P*D"}]),
        detail(lastStatus=[{"anything-but": "RUNNING"}]),
        detail(lastStatus=[{"anything-but": ["RUNNING", "PENDING"]}]),
        detail(lastStatus=[{"anything-but": {"prefix": "RUN"}}]),
        detail(lastStatus=[{"anything-but": {"suffix": ["ING", "ED."]}}]),
        detail(lastStatus=[{"anything-but": {"equals-ignore-case": "running"}}]),
        detail(lastStatus=[{"anything-but": {"wildcard": "*ING"}}]),
        detail(version=[{"numeric": [">", 5, "<=", 6]}]),
        detail(version=[{"numeric": ["=", 6]}]),
        detail(ratio=[{"numeric": ["<", 1]}]),
        detail(ip=[{"cidr": "10.0.3.0/24"}]),
        detail(lastStatus=[{"exists": True}]),
        detail(stoppedReason=[{"exists": False}]),
        detail(empty=[{"exists": False}]),
        {"detail": {"nothing": {"inside": [{"exists": False}]}}},
        detail(containers={"exitCode": [{"anything-but": 0}]}),
        detail(containers={"name": ["log"], "exitCode": [137]}),
        {"$or": [{"source": ["aws.s3"]}, detail(version=[6])]},
        detail(**{"$or": [{"version": [7]}, {"lastStatus": ["STOPPED"]}]}),
    ],
    ids=json.dumps,
)
def test_what_a_pattern_says_is_found(pattern: dict[str, Any]) -> None:
    assert read(json.dumps(pattern))(EVENT)


@pytest.mark.parametrize(
    "pattern",
    [
        {"source": ["aws.ec2"]},
        {"source": ["aws.ecs"], "detail": {"version": [7]}},
        detail(version=["6"]),
        detail(version=[6.0]),
        detail(enableExecuteCommand=[0]),
        detail(overrides=[{"exists": True}]),
        detail(stoppedReason=[{"anything-but": "x"}]),
        detail(lastStatus=[{"anything-but": ["STOPPED", "x"]}]),
        detail(lastStatus=[{"anything-but": {"prefix": "STOP"}}]),
        detail(lastStatus=[{"wildcard": "S*X"}]),
        detail(lastStatus=[{"wildcard": r"S\*"}]),
        detail(lastStatus=[{"numeric": [">", 0]}]),
        detail(version=[{"prefix": "6"}]),
        detail(ip=[{"cidr": "10.0.4.0/24"}]),
        detail(lastStatus=[{"cidr": "10.0.4.0/24"}]),
        detail(version=[{"exists": False}]),
        detail(containers={"name": ["app"], "exitCode": [137]}),
        {"$or": [{"source": ["aws.s3"]}, detail(version=[7])]},
        {"source": {"inside": ["x"]}},
    ],
    ids=json.dumps,
)
def test_what_is_otherwise_is_not_found(pattern: dict[str, Any]) -> None:
    assert not read(json.dumps(pattern))(EVENT)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "Invalid JSON"),
        ("[]", "Filter is not an object"),
        ("{}", "Empty objects are not allowed"),
        ('{"detail": {}}', "Empty objects are not allowed"),
        ('{"source": []}', "Empty arrays are not allowed"),
        ('{"source": "aws.ecs"}', "'source' must be an object or an array"),
        ('{"source": [["aws.ecs"]]}', "Match value must be String, number, true, false, or null"),
        ('{"source": [{"contains": "ecs"}]}', "Unrecognized match type contains"),
        ('{"source": [{"prefix": "a", "suffix": "b"}]}', "Only one key allowed in match expression"),
        ('{"source": [{"prefix": 1}]}', "prefix match pattern must be a string"),
        ('{"source": [{"exists": "yes"}]}', "exists match pattern must be either true or false."),
        ('{"source": [{"numeric": [">"]}]}', "Invalid member in numeric match"),
        ('{"source": [{"numeric": ["!", 1]}]}', "Unrecognized numeric range operator"),
        ('{"source": [{"cidr": "10.0.0.0/99"}]}', "Malformed CIDR"),
        ('{"source": [{"wildcard": "a**"}]}', "Consecutive wildcard characters are not allowed"),
        ('{"source": [{"anything-but": {"exists": true}}]}', "Unsupported anything-but pattern: exists"),
        ('{"source": [{"anything-but": []}]}', "anything-but list must be only strings or numbers"),
        ('{"$or": [{"source": ["a"]}]}', "There must have at least 2 Objects in $or relationship."),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_reason(text: str, reason: str) -> None:
    with pytest.raises(InvalidPattern) as caught:
        read(text)

    assert str(caught.value).startswith(reason)
