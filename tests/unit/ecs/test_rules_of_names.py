"""How families, containers, images, volumes and ports are named in a definition, and how many there are."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.ecs.test_rules import definition, fault_of

LONGEST = "Az09_-" + "n" * 249
DIGEST = "@sha256:" + "0123456789abcdef" * 4
BAD_NAMES = [LONGEST + "n", "a b", "a.b", "a/b", "ä", ""]


def volume(name: str) -> dict[str, Any]:
    return definition(volumes=[{"name": name}])


def family(name: str) -> dict[str, Any]:
    return definition(family=name)


def container(name: str) -> dict[str, Any]:
    return definition({"name": name})


@pytest.mark.parametrize("named", [family, container, volume])
def test_a_name_has_up_to_255_letters_digits_underscores_and_hyphens(named: Any) -> None:
    assert fault_of(named(LONGEST)) is None
    assert [name for name in BAD_NAMES if fault_of(named(name)) is None] == []


def test_containers_are_named_differently() -> None:
    assert fault_of(definition({}, {})) == "Container names must be unique: a is used twice."
    assert fault_of(definition({}, {"name": "b"})) is None


def test_a_definition_has_up_to_10_containers() -> None:
    ten = [{"name": f"c{number}"} for number in range(10)]
    assert fault_of(definition(*ten)) is None
    assert fault_of(definition(*ten, {})) == "A task definition can have at most 10 containers; this has 11."


@pytest.mark.parametrize(
    ("image", "fits"),
    [
        ("i" * 255, True),
        ("i" * 256, False),
        ("i" * 255 + DIGEST, True),
        ("i" * 256 + DIGEST, False),
        ("i" * 247 + DIGEST[:-1], False),  # no digest: it has 64 digits
    ],
)
def test_an_image_has_up_to_255_characters_before_its_digest(image: str, *, fits: bool) -> None:
    assert (fault_of(definition({"image": image})) is None) is fits


@pytest.mark.parametrize(
    ("name", "fits"),
    [
        ("w" * 64, True),
        ("0_-9", True),
        ("_w", True),
        ("w" * 65, False),
        ("-w", False),
        ("Web", False),
        ("w.b", False),
    ],
)
def test_a_port_is_named_in_lower_case_and_not_from_a_hyphen(name: str, *, fits: bool) -> None:
    fault = fault_of(definition({"portMappings": [{"containerPort": 80, "name": name}]}))
    assert (fault is None) is fits
    assert fits or name in (fault or "")


def test_two_containers_cannot_give_their_ports_one_name() -> None:
    one, other = ({"portMappings": [{"containerPort": port, "name": "web"}]} for port in (80, 81))
    assert fault_of(definition(one, {"name": "b", **other})) == "port mapping name is already used"


TCP, UDP = {"containerPort": 53}, {"containerPort": 53, "protocol": "udp"}


@pytest.mark.parametrize(
    ("one", "other", "fault"),
    [
        (TCP, {**TCP, "protocol": "tcp"}, "Container port 53 with protocol tcp is mapped twice."),
        (UDP, UDP, "Container port 53 with protocol udp is mapped twice."),
        (TCP, UDP, None),
    ],
)
def test_a_port_is_mapped_once_for_each_protocol(one: Any, other: Any, fault: str | None) -> None:
    assert fault_of(definition({"portMappings": [one, other]})) == fault
    assert fault_of(definition({"portMappings": [one]}, {"name": "b", "portMappings": [other]})) == fault


def test_containers_with_networks_of_their_own_may_listen_on_the_same_port() -> None:
    bridged = {"requiresCompatibilities": ["EC2"], "networkMode": "bridge"}
    assert (
        fault_of(definition({"portMappings": [TCP]}, {"name": "b", "portMappings": [TCP]}, **bridged)) is None
    )
    assert fault_of(definition({"portMappings": [TCP, TCP]}, **bridged)) is not None


@pytest.mark.parametrize("port", [0, -1, 65536])
def test_a_port_is_a_port(port: int) -> None:
    assert "between 1 and 65535" in (fault_of(definition({"portMappings": [{"containerPort": port}]})) or "")


def ranges(*written: str, **more: Any) -> dict[str, Any]:
    return definition({"portMappings": [{"containerPortRange": each, **more} for each in written]})


def test_a_container_has_up_to_100_port_ranges_and_none_with_a_host_port() -> None:
    many = [f"{port}-{port + 1}" for port in range(1000, 1202, 2)]
    assert fault_of(ranges(*many[:100])) is None
    assert fault_of(ranges(*many)) == "A container can have at most 100 port ranges."
    assert "must not have a hostPort" in (fault_of(ranges("80-90", hostPort=80)) or "")


@pytest.mark.parametrize("written", ["80", "90-80", "80-80", "0-80", "80-65536", "a-b"])
def test_a_port_range_goes_upwards(written: str) -> None:
    assert "the lower one first" in (fault_of(ranges(written)) or "")
