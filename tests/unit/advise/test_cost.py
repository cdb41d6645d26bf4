"""A month of a system: quantities, prices, what is not known, and the same built otherwise."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from hatoba.advise.cost import (
    Estimate,
    Traffic,
    UnknownRegion,
    Usage,
    change,
    compare,
    estimate,
    prices,
    usage,
)
from hatoba.advise.cost.compare import _pod
from hatoba.advise.cost.estimate import capacity_units
from hatoba.advise.cost.prices import _table
from hatoba.advise.cost.usage import ServiceUsage
from hatoba.plan import plan
from hatoba.render import template
from tests.support.grown import grown
from tests.unit.render.test_cloudformation import reference

ONE = ServiceUsage("app", 1, 1, 256, 512, is_registered=True)
QUIET = Traffic(requests=0, log_gb=0)


def used(of: Any, **parameters: str) -> Usage:
    return usage(template(plan(of)), parameters)


def lines(made: Estimate) -> dict[str, float | None]:
    return {line.what: line.usd for line in made.lines}


def test_the_reference_system_is_a_service_behind_an_api() -> None:
    found = used(reference(), EcsServiceDesiredCount="3", EcsTaskMemory="1024")

    assert found.services == (ServiceUsage("mz-dev-app", 3, 3, 256, 1024, is_registered=True),)
    assert (found.apis, found.namespaces) == (
        ("mz-dev-api-gateway",),
        ("mz-dev-application-service.internal",),
    )
    assert (found.has_access_log, found.others) == (True, ())


def test_scaling_spot_balancers_and_types_that_are_not_known_are_read() -> None:
    found = used(grown())
    services = {each.name: each for each in found.services}

    assert (services["web"].tasks, services["web"].at_most) == (1, 3)
    assert (services["stock"].is_on_spot, services["stock"].tasks) == (True, 0)
    assert sorted(found.balancers.values()) == ["application", "network"]
    assert (found.schedules, found.others) == (("nightly",), ("Settings (AWS::SSM::Parameter)",))


def test_a_task_costs_its_vcpu_and_memory_for_a_month() -> None:
    made = estimate(Usage(services=(ONE,)), QUIET, prices("us-east-1"))

    assert lines(made) == pytest.approx(
        {
            "Fargate vCPU": 730 * 0.25 * 0.04048,
            "Fargate memory": 730 * 0.5 * 0.004445,
            "Cloud Map registrations": 0.10,
            "CloudWatch Logs taken in": 0.0,
        }
    )


def test_arm_storage_and_addresses_have_prices_of_their_own() -> None:
    service = replace(ONE, is_arm=True, storage_gib=30, has_public_address=True, is_registered=False, tasks=2)
    made = lines(estimate(Usage(services=(service,)), QUIET, prices("ap-northeast-1")))

    assert made["Fargate vCPU"] == pytest.approx(2 * 730 * 0.25 * 0.04045)
    assert made["Fargate storage"] == pytest.approx(2 * 730 * 10 * 0.00014)
    assert made["Public IPv4 addresses"] == pytest.approx(2 * 730 * 0.005)


@pytest.mark.parametrize(
    ("requests", "kb", "usd"),
    [(2_000_000, 10, 2.0), (1_000_000, 513, 2.0), (400_000_000, 1, 300 + 100 * 0.90)],
)
def test_requests_are_metered_by_512_kb_and_cheaper_after_300_million(
    requests: int, kb: float, usd: float
) -> None:
    made = estimate(Usage(apis=("api",)), Traffic(requests, kb, 0), prices("us-east-1"))

    assert made.total == pytest.approx(usd)


def test_a_price_that_is_not_known_is_said_and_not_taken_as_nothing() -> None:
    made = estimate(Usage(balancers={"of api": "network"}), QUIET, prices("ap-northeast-1"))

    assert [line.what for line in made.unknown] == ["NLB of api", "NLB of api capacity"]
    assert lines(made)["NLB of api"] is None
    assert "without NLB of api" in change(None, made)


def test_the_sums_by_service_are_the_total() -> None:
    made = estimate(used(grown()), Traffic(), prices("ap-northeast-1"))

    assert made.by_owner().keys() == {"stock", "web", "feed", "shared"}
    assert sum(made.by_owner().values()) == pytest.approx(made.total)


def test_what_is_assumed_and_what_is_not_counted_is_said() -> None:
    made = estimate(used(grown()), Traffic(), prices("ap-northeast-1"))

    assert "web scales: counted with 1 tasks, it may have 3." in made.assumptions
    assert any("Fargate Spot" in text for text in made.assumptions)
    assert "Settings (AWS::SSM::Parameter): its type is not in this estimate." in made.not_counted


def test_the_change_of_a_month_has_its_sign() -> None:
    small = estimate(Usage(services=(ONE,)), QUIET, prices("us-east-1"))
    large = estimate(Usage(services=(replace(ONE, tasks=2),)), QUIET, prices("us-east-1"))

    assert change(small, large) == "Monthly cost: +9.11 USD, to 18.22 USD"
    assert change(large, small) == "Monthly cost: -9.11 USD, to 9.11 USD"


def test_every_price_has_a_source_and_a_date() -> None:
    for region in _table():
        for price in prices(region).known.values():
            assert price.usd > 0
            assert price.source
            assert price.date.year >= 2026


def test_a_region_without_prices_is_refused_by_name() -> None:
    with pytest.raises(UnknownRegion, match="no prices for eu-west-1; it has ap-northeast-1, us-east-1"):
        prices("eu-west-1")


def test_capacity_units_are_of_bytes_or_of_connections() -> None:
    assert capacity_units(Traffic(730_000_000, 100)) == pytest.approx(100.0)
    assert capacity_units(Traffic(730 * 3600 * 25, 0.001)) == pytest.approx(1.0)


def test_ingress_is_compared_for_this_system() -> None:
    ingress, _ = compare(used(reference()), Traffic(), prices("us-east-1"))
    totals = {option.name: option.estimate.total for option in ingress.options}

    assert totals["ALB"] - totals["Cloud Map"] == pytest.approx(730 * 0.0225 + 10 * 0.008 - 0.10, abs=0.01)
    assert totals["ALB"] > totals["Cloud Map"]
    assert all(len(option.can) == len(ingress.questions) for option in ingress.options)


def test_services_that_call_one_another_stay_in_cloud_map_behind_a_balancer() -> None:
    two = Usage(services=(ONE, replace(ONE, name="other")), apis=("api",), namespaces=("internal",))
    ingress, _ = compare(two, QUIET, prices("us-east-1"))

    assert "Cloud Map registrations" in lines(ingress.options[1].estimate)


def test_eks_has_a_control_plane_and_larger_pods() -> None:
    _, runs = compare(used(reference()), Traffic(), prices("us-east-1"))
    _, eks = runs.options

    assert lines(eks.estimate)["EKS control plane"] == pytest.approx(73.0)
    assert _pod(ONE).memory == 1024
    assert _pod(replace(ONE, cpu=256, memory=2048)).cpu == 512
    assert any("Larger as pods" in reason for reason in runs.reasons)
