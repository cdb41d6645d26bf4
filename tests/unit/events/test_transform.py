"""What arrives at a target: the event, a part of it, a text in its place, a template filled."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hatoba.cloud.events.model import Rule, Target
from hatoba.cloud.events.transform import BadPath, body, check

RULE = Rule("arn:rule", "r", "default", "{}", enabled=True)
EVENT: dict[str, Any] = {
    "version": "0",
    "detail-type": "ECS Task State Change",
    "time": "2026-11-22T12:00:00Z",
    "detail": {"task": 'a "b"', "version": 3, "containers": [{"name": "app"}, {"name": "log"}]},
}


def arriving(**given: Any) -> str:
    return body(RULE, Target("1", "arn:queue", **given), EVENT)


def test_by_default_the_event_itself_arrives() -> None:
    assert json.loads(arriving()) == EVENT


def test_an_input_arrives_in_its_place() -> None:
    assert arriving(input='{"a": 1}') == '{"a": 1}'


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("$", EVENT),
        ("$.detail-type", "ECS Task State Change"),
        ("$.detail.version", 3),
        ("$.detail.containers[1].name", "log"),
        ("$.detail.containers[*].name", ["app", "log"]),
    ],
)
def test_an_input_path_chooses_a_part(path: str, found: Any) -> None:
    assert json.loads(arriving(input_path=path)) == found


@pytest.mark.parametrize(
    ("template", "arrives"),
    [
        ('{"task": <task>, "version": <version>}', '{"task": "a \\"b\\"", "version": 3}'),
        ('{"text": "task <task> is <version>"}', '{"text": "task a \\"b\\" is 3"}'),
        ('"<version> of <names>"', '"3 of [\\"app\\",\\"log\\"]"'),
        ('{"names": <names>}', '{"names": ["app","log"]}'),
        ('{"none": <none>, "text": "(<none>)"}', '{"none": null, "text": "()"}'),
        ('"<aws.events.rule-name> <aws.events.rule-arn>"', '"r arn:rule"'),
        ('{"at": <aws.events.event.ingestion-time>}', '{"at": "2026-11-22T12:00:00Z"}'),
        ('{"said \\"<version>\\"": <version>}', '{"said \\"3\\"": 3}'),
    ],
)
def test_a_template_is_filled_as_text_between_quotes_and_as_json_elsewhere(
    template: str, arrives: str
) -> None:
    paths = {
        "task": "$.detail.task",
        "version": "$.detail.version",
        "names": "$.detail.containers[*].name",
        "none": "$.detail.none",
    }

    assert arriving(template=template, paths=paths) == arrives


def test_a_template_may_hold_the_whole_event_with_and_without_its_detail() -> None:
    assert json.loads(arriving(template="<aws.events.event.json>")) == EVENT
    bare = {name: value for name, value in EVENT.items() if name != "detail"}
    assert json.loads(arriving(template="<aws.events.event>")) == bare


def test_nothing_arrives_where_a_path_finds_nothing() -> None:
    with pytest.raises(BadPath, match="the event has nothing at"):
        arriving(input_path="$.detail.none")


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"input_path": "detail"}, "detail does not begin with $"),
        ({"input_path": "$.detail[?(@.x)]"}, "cannot be read from"),
        ({"template": "<task>"}, "<task> is in the template and no variable"),
    ],
)
def test_paths_and_templates_that_cannot_be_read_are_refused(given: dict[str, Any], reason: str) -> None:
    with pytest.raises(BadPath) as caught:
        check(Target("1", "arn:queue", **given))

    assert reason in str(caught.value)
