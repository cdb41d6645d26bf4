"""Each construct's template, as golden files; and what no golden file can say."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from hatoba.definition.check import check
from hatoba.definition.environments import Environment
from hatoba.definition.project import load
from hatoba.definition.system import System
from hatoba.plan import plan
from hatoba.render import template, to_json
from tests.unit.render.systems import SYSTEMS, alb, nlb, raw, scaled, scheduled

EXAMPLE = Path(__file__).parents[3] / "examples" / "sales_support_system"


class Template(SingleFileSnapshotExtension):
    """One template in one file, as it would be deployed."""

    _write_mode = WriteMode.TEXT
    file_extension = "json"


def resources(of: System) -> dict[str, Any]:
    found: dict[str, Any] = template(plan(of))["Resources"]
    return found


@pytest.mark.parametrize("name", SYSTEMS)
def test_a_construct_has_its_golden_template(name: str, snapshot: SnapshotAssertion) -> None:
    written = to_json(template(plan(SYSTEMS[name]())))

    assert written == snapshot.use_extension(Template)


@pytest.mark.parametrize("name", SYSTEMS)
def test_what_is_golden_breaks_no_rule(name: str) -> None:
    here = Environment("local", "ap-northeast-1", None, {}, Path("environments.toml"))

    assert check(SYSTEMS[name](), here) == []


@pytest.mark.parametrize("name", SYSTEMS)
def test_everything_stands_before_what_needs_it(name: str) -> None:
    planned = plan(SYSTEMS[name]())
    listed = [resource.id for resource in planned.resources]

    assert all(listed.index(needed) < listed.index(resource) for resource, needed in planned.edges())


def test_one_word_makes_the_other_load_balancer() -> None:
    http, tcp = resources(alb()), resources(nlb())

    assert http.keys() == tcp.keys()
    assert http["ShopLoadBalancer"]["Properties"]["Type"] == "application"
    assert tcp["ShopLoadBalancer"]["Properties"]["Type"] == "network"
    assert tcp["ShopStockTargetGroup"]["Properties"]["Protocol"] == "TCP"


def test_services_on_one_port_have_listeners_on_two() -> None:
    made = resources(alb())

    assert made["ShopOrdersListener"]["Properties"]["Port"] == 8080
    assert made["ShopStockListener"]["Properties"]["Port"] == 8081


def test_load_decides_how_many_tasks_run() -> None:
    service = resources(scaled())["OrdersService"]["Properties"]

    assert "DesiredCount" not in service
    assert "LaunchType" not in service
    assert service["CapacityProviderStrategy"] == [
        {"CapacityProvider": "FARGATE", "Weight": 1, "Base": 1},
        {"CapacityProvider": "FARGATE_SPOT", "Weight": 3},
    ]


def test_a_name_is_plain_text_where_nothing_in_it_is_known_late() -> None:
    container = resources(alb())["OrdersTaskDefinition"]["Properties"]["ContainerDefinitions"][0]

    assert container["Environment"] == [
        {"Name": "STOCK", "Value": "http://stock.shop.internal:8080"},
        {"Name": "STOCK_HOST", "Value": "stock.shop.internal"},
    ]


def test_a_raw_resource_keeps_its_own_words_and_its_logical_id() -> None:
    made = resources(raw())

    assert made["Carts"]["Type"] == "AWS::DynamoDB::Table"
    assert made["Carts"]["DeletionPolicy"] == "RetainExceptOnCreate"
    assert made["Carts"]["UpdateReplacePolicy"] == "Retain"
    assert made["Carts"]["Properties"]["TableName"] == {"Fn::Sub": "${Table}-carts"}
    assert made["News"] == {"Type": "AWS::SNS::Topic", "DependsOn": ["Carts"], "Properties": {}}


def test_a_job_is_no_resource_but_what_run_task_needs() -> None:
    planned = plan(scheduled())
    report, clean = planned.jobs

    assert (report.name, report.count, report.cluster.id) == ("report", 2, "NightCluster")
    assert clean.capacity_provider_strategy is not None
    assert {resource.id for resource in planned.resources} >= {"ReportTaskDefinition", "CleanTaskDefinition"}


@pytest.mark.parametrize("ingress", ["alb", "nlb"])
def test_the_reference_system_needs_one_word_for_another_ingress(ingress: str, tmp_path: Path) -> None:
    written = (EXAMPLE / "hatobafile.py").read_text(encoding="utf-8")
    shutil.copy(EXAMPLE / "environments.toml", tmp_path)
    changed = written.replace("access_log=log)", f'access_log=log, ingress="{ingress}")')
    (tmp_path / "hatobafile.py").write_text(changed, encoding="utf-8")
    project = load(start=tmp_path)

    for name in project.environment_names():
        project.validate(project.environment(name))
    balancer = resources(project.system)["ApiGatewayLoadBalancer"]["Properties"]
    assert balancer["Type"] == {"alb": "application", "nlb": "network"}[ingress]
    assert balancer["Subnets"] == {"Ref": "PrivateSubnetIds"}
