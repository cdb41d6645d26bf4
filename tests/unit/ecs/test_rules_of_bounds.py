"""Sizes, times and counts of a definition: every bound from both sides, every default."""

from __future__ import annotations

from typing import Any

import pytest

from hatoba.cloud.ecs.definition import read
from tests.unit.ecs.test_rules import definition, fault_of

MEMORIES = {
    256: "512 1024 2048",
    512: "1024 2048 3072 4096",
    1024: "2048 3072 4096 5120 6144 7168 8192",
    2048: "4096 5120 6144 7168 8192 9216 10240 11264 12288 13312 14336 15360 16384",
    4096: " ".join(str(1024 * gib) for gib in range(8, 31)),
    8192: "16384 20480 24576 28672 32768 36864 40960 45056 49152 53248 57344 61440",
    16384: "32768 40960 49152 57344 65536 73728 81920 90112 98304 106496 114688 122880",
}
"""AWS's table of task sizes, written out: CPU units, and the MiB that go with them."""
EVERY_MEMORY = sorted({memory for each in MEMORIES.values() for memory in each.split()})
CPU_TEXT = (
    "Invalid 'cpu' setting for task. For more information, see the Troubleshooting section of the Amazon ECS"
    " Developer Guide."
)


@pytest.mark.parametrize("cpu", MEMORIES)
def test_fargate_offers_the_sizes_of_awss_table_and_no_others(cpu: int) -> None:
    taken = [each for each in EVERY_MEMORY if fault_of(definition(cpu=str(cpu), memory=each)) is None]
    assert sorted(taken, key=int) == MEMORIES[cpu].split()


@pytest.mark.parametrize(("cpu", "memory"), [("256", "513"), ("512", "512"), ("4096", "31744")])
def test_a_pair_that_fargate_does_not_offer_is_told_with_its_values(cpu: str, memory: str) -> None:
    text = f"No Fargate configuration exists for given values: {cpu} CPU, {memory} memory."
    assert fault_of(definition(cpu=cpu, memory=memory)) == text


@pytest.mark.parametrize("cpu", ["128", "32768", "1.5 GB", "much"])
def test_cpus_that_are_not_in_the_table_are_refused(cpu: str) -> None:
    assert fault_of(definition(cpu=cpu, memory="2048")) == CPU_TEXT


@pytest.mark.parametrize(
    ("cpu", "fits"), [(512, False), (1024, True), (2048, True), (4096, True), (8192, False)]
)
def test_windows_has_three_cpu_sizes(cpu: int, *, fits: bool) -> None:
    memory = MEMORIES[cpu].split()[0]
    platform = {"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"}
    fault = fault_of(definition(cpu=str(cpu), memory=memory, runtimePlatform=platform))
    assert (fault is None) is fits


def test_sizes_with_units_are_held_to_the_table_too() -> None:
    assert fault_of(definition(cpu="1 vCPU", memory="2GB")) is None
    assert fault_of(definition(cpu="1 vcpu", memory="2 gb")) is None
    text = "No Fargate configuration exists for given values: 1024 CPU, 1024 memory."
    assert fault_of(definition(cpu="1 vCPU", memory="1 GB")) == text


FITS: dict[str, tuple[dict[str, Any], ...]] = {
    "all of the CPU": ({"cpu": 128}, {"name": "b", "cpu": 128}),
    "all of the memory": ({"memory": 256}, {"name": "b", "memory": 256}),
    "nothing said": ({}, {"name": "b"}),
    "less reserved than allowed": ({"memory": 256, "memoryReservation": 256},),
}


@pytest.mark.parametrize("containers", FITS.values(), ids=FITS)
def test_containers_that_fit_into_their_task_are_taken(containers: tuple[dict[str, Any], ...]) -> None:
    assert fault_of(definition(*containers)) is None


def test_the_memory_of_all_containers_fits_into_the_task() -> None:
    text = "The sum of all container 'memory' values cannot be greater than the value of the task 'memory'."
    assert fault_of(definition({"memory": 256}, {"name": "b", "memory": 257})) == text
    assert fault_of(definition({"memory": 256}, {"name": "b", "memoryReservation": 257})) == text


def test_where_the_task_has_no_memory_each_container_says_its_own() -> None:
    text = (
        "Invalid setting for container 'a'. At least one of 'memory' or 'memoryReservation' must be"
        " specified."
    )
    elsewhere = {"requiresCompatibilities": None, "networkMode": None, "cpu": None}
    assert fault_of(definition(**elsewhere, memory=None)) == text
    assert fault_of(definition(**elsewhere)) is None
    for member in ("memory", "memoryReservation"):
        assert fault_of(definition({member: 128}, **elsewhere, memory=None)) is None


def one(member: str, value: Any) -> dict[str, Any]:
    return definition({member: value})


@pytest.mark.parametrize("word", ["start", "stop"])
def test_fargate_waits_2_to_120_seconds_for_a_start_and_a_stop(word: str) -> None:
    member = f"{word}Timeout"
    assert [fault_of(one(member, seconds)) for seconds in (2, 120)] == [None, None]
    assert fault_of(one(member, 1)) == f"Container {word} timeout must be at least 2 seconds."
    assert fault_of(one(member, 121)) == (
        f"Tasks using the Fargate launch type must have a container {word} timeout of less than 120 seconds."
    )


@pytest.mark.parametrize(
    ("policy", "fits"),
    [
        ({"restartAttemptPeriod": 59}, False),
        ({"restartAttemptPeriod": 60}, True),
        ({"restartAttemptPeriod": 1800}, True),
        ({"restartAttemptPeriod": 1801}, False),
        ({"ignoredExitCodes": list(range(50))}, True),
        ({"ignoredExitCodes": list(range(51))}, False),
    ],
)
def test_a_restart_policy_has_its_bounds(policy: dict[str, Any], *, fits: bool) -> None:
    assert (fault_of(one("restartPolicy", {"enabled": True, **policy})) is None) is fits


CHECK = {"command": ["CMD", "true"]}


@pytest.mark.parametrize(
    ("member", "words", "least", "most"),
    [
        ("interval", "interval", 5, 300),
        ("timeout", "timeout", 2, 60),
        ("retries", "retries", 1, 10),
        ("startPeriod", "start period", 0, 300),
    ],
)
def test_a_health_check_has_its_bounds(member: str, words: str, least: int, most: int) -> None:
    def fault(value: int) -> str | None:
        return fault_of(one("healthCheck", {**CHECK, member: value}))

    assert (fault(least), fault(most)) == (None, None)
    assert fault(most + 1) == (
        f"Health check {words} must be less than or equal to the maximum allowed value {most} for"
        " container 'a'"
    )
    assert fault(least - 1) == (
        f"Health check {words} must be greater than or equal to the minimum allowed value {least} for"
        " container 'a'"
    )


@pytest.mark.parametrize("command", [[], ["CMD"], ["true"], ["CMD-SHELL"], ["NONE"], ["cmd", "true"]])
def test_a_health_checks_command_is_of_one_of_two_forms(command: list[str]) -> None:
    text = "Health check command must begin with CMD or CMD-SHELL for container 'a'"
    assert fault_of(one("healthCheck", {"command": command})) == text
    assert fault_of(one("healthCheck", {"command": ["CMD-SHELL", "true"]})) is None


def test_the_disk_has_21_to_200_gib() -> None:
    assert [fault_of(definition(ephemeralStorage={"sizeInGiB": size})) for size in (21, 200)] == [None, None]


def test_what_a_definition_does_not_say_is_as_on_aws() -> None:
    seen = read({"family": "f", "containerDefinitions": [{"name": "a", "image": "i", "healthCheck": CHECK}]})
    container = seen.container_definitions[0]
    check, policy = container.health_check, read(RESTARTED).container_definitions[0].restart_policy
    assert check is not None
    assert policy is not None
    assert (check.interval, check.timeout, check.retries, check.start_period) == (30, 5, 3, 0)
    assert policy.restart_attempt_period == 300
    assert (container.essential, container.is_consistent, container.stop_timeout) == (True, True, 30)
    assert container.start_timeout is None
    assert seen.ephemeral_storage.size_in_gib == 20
    assert (seen.runtime_platform.cpu_architecture, seen.runtime_platform.operating_system_family) == (
        "X86_64",
        "LINUX",
    )


RESTARTED: dict[str, object] = {
    "family": "f",
    "containerDefinitions": [{"name": "a", "image": "i", "restartPolicy": {"enabled": True}}],
}
