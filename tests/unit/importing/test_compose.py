"""Drafts from Compose files."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hatoba.definition.project import Project, load
from hatoba.importing import Draft, ImportFailed
from hatoba.importing.compose import draft
from hatoba.importing.compose.members import container_ports, environment, seconds, size, words

SHOP = """
name: shop
services:
  web:
    build: ./web
    ports: ["127.0.0.1:8080:80/tcp"]
    environment:
      STOCK_URL: http://stock:8000/v1
      STAGE: ${STAGE:-dev}
      DEBUG: true
    depends_on: {stock: {condition: service_healthy}}
    healthcheck: {test: curl -f http://localhost/, interval: 1m30s, retries: 99}
    stop_grace_period: 45s
    deploy: {replicas: 2, resources: {limits: {cpus: "0.5", memory: 1G}}}
  stock:
    image: example/stock:1.2
    command: python -m stock --port 8000
    expose: ["8000"]
    environment: [DEBUG, LEVEL=info]
    volumes: ["./stock:/app"]
volumes: {data: {}}
"""


def drafted(folder: Path, text: str = SHOP) -> Draft:
    file = folder / "compose.yaml"
    file.write_text(text)
    return draft(file)


def loaded(made: Draft, folder: Path) -> Project:
    file = folder / "hatobafile.py"
    file.write_text(made.text())
    return load(file)


def what_comes(make: Callable[[], Draft]) -> str:
    """The draft's text, or what the error says."""
    try:
        return make().text()
    except ImportFailed as error:
        return str(error)


def test_the_draft_keeps_every_rule_and_says_what_the_file_says(tmp_path: Path) -> None:
    project = loaded(drafted(tmp_path), tmp_path)
    project.validate(project.environment())
    web, stock = project.system.services

    assert (web.name, web.desired_count, web.task_definition.size.cpu) == ("web", 2, 512)
    (container,) = stock.task_definition.containers
    assert (container.image, container.command) == (
        "example/stock:1.2",
        ["python", "-m", "stock", "--port", "8000"],
    )
    assert [route.path for route in project.system.apis[0].routes] == ["/{proxy+}"]
    assert (
        (web.registry.record, stock.registry.record) == ("SRV", "A")
        if web.registry and stock.registry
        else False
    )


def test_another_service_is_spoken_of_by_its_name_in_cloud_map(tmp_path: Path) -> None:
    assert '"STOCK_URL": "http://" + stock_name.host + ":8000/v1"' in drafted(tmp_path).text()


@pytest.mark.parametrize("how", ["depends_on: [db]", "environment: {DB: 'postgres://db:5432/x'}"])
def test_a_service_that_others_call_without_its_having_a_port_is_told_once(tmp_path: Path, how: str) -> None:
    text = f"services: {{db: {{image: postgres}}, web: {{image: w, {how}}}, job: {{image: j, {how}}}}}"

    (told,) = [each for each in drafted(tmp_path, text).left if each.place == "db: ports"]

    assert "give it `expose`" in told.why


def test_what_is_not_carried_is_told_with_the_reason(tmp_path: Path) -> None:
    told = {each.place for each in drafted(tmp_path).left}

    assert told == {
        "volumes",
        "web: depends_on",
        "web: build",
        "stock: environment DEBUG",
        "stock: volumes",
        "ports",
    }


def test_a_file_without_published_ports_has_no_api(tmp_path: Path) -> None:
    made = drafted(tmp_path, "services: {worker: {image: example/worker}}")
    project = loaded(made, tmp_path)

    project.validate(project.environment())
    assert not project.system.apis


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("services: [", "not YAML"),
        ("a: b", "no services"),
        ("services: {}", "no services"),
        ("services: {a: 1}", "a service is a mapping"),
    ],
)
def test_a_broken_file_is_a_clear_error(text: str, what: str, tmp_path: Path) -> None:
    with pytest.raises(ImportFailed, match=what):
        drafted(tmp_path, text)


@pytest.mark.parametrize(
    "member",
    [
        "healthcheck: {test: x, retries: many}",
        'command: "it\'s"',
        "deploy: {resources: {limits: {cpus: half}}}",
        "ports: 80",
        "environment: 3",
        "depends_on: db",
        "stop_grace_period: []",
        "deploy: [1]",
        "image: {a: b}",
        "scale: x",
    ],
)
def test_a_member_of_another_form_is_a_clear_error_or_is_told(member: str, tmp_path: Path) -> None:
    said = what_comes(lambda: drafted(tmp_path, f"services: {{web: {{image: a, {member}}}}}"))

    assert "service web" in said or "not YAML" in said or ast.parse(said).body


def test_a_missing_file_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(ImportFailed, match="no such file"):
        draft(tmp_path / "compose.yaml")


def test_ports_are_the_containers_own() -> None:
    given: dict[str, Any] = {
        "ports": ["80", "8080:81", {"target": 82}, "127.0.0.1:1:83/udp"],
        "expose": [84, "80"],
    }

    assert container_ports(given) == [80, 81, 82, 83, 84]


def test_environment_takes_both_forms() -> None:
    assert environment({"A": 1, "B": True, "C": None}) == ({"A": "1", "B": "true"}, ["C"])
    assert environment(["A=b=c", "D"]) == ({"A": "b=c"}, ["D"])


@pytest.mark.parametrize(
    ("text", "whole"), [("1m30s", 90), ("1.5s", 2), ("2h", 7200), ("x", None), (None, None)]
)
def test_durations_are_whole_seconds(text: str | None, whole: int | None) -> None:
    assert seconds(text) == whole


@pytest.mark.parametrize(
    ("cpus", "memory", "fits"),
    [
        (None, None, (256, 512)),
        ("0.25", "600M", (256, 1024)),
        ("0.1", "3g", (512, 3072)),
        ("3", "1g", (4096, 8192)),
    ],
)
def test_a_size_is_the_smallest_that_fargate_has(
    cpus: str | None, memory: str | None, fits: tuple[int, int]
) -> None:
    assert size({"resources": {"limits": {"cpus": cpus, "memory": memory}}}, print) == fits


def test_a_size_that_fargate_does_not_have_is_told() -> None:
    told: list[str] = []

    assert size({"resources": {"limits": {"cpus": "99"}}, "mode": "global"}, told.append) == (4096, 30720)
    assert told == [
        "mode is not carried",
        "limits of 99 CPUs and 0 MiB are larger than drafts go: the size is 4096 and 30720",
    ]


def test_commands_are_words() -> None:
    assert (words("a 'b c'"), words(["a", 1]), words(None)) == (["a", "b c"], ["a", "1"], None)
