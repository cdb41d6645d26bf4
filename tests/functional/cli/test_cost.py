"""``hatoba cost``, ``hatoba compare`` and ``hatoba export`` as a user runs them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.command import Hatoba


@pytest.fixture
def hatoba(tmp_path: Path) -> Hatoba:
    return Hatoba.with_example("sales_support_system", tmp_path)


def test_a_month_is_the_environments_own(hatoba: Hatoba) -> None:
    small = hatoba.json("cost", "--env", "dev", "--requests", "0")
    large = hatoba.json("cost", "--env", "dev", "--requests", "5000000")

    assert small["region"] == "ap-northeast-1"
    assert large["total_usd"] - small["total_usd"] == pytest.approx(5 * 1.29 + 5e6 * 400 / 1e9 * 0.76)
    assert {price["item"] for price in large["prices"]} >= {"http_api_million", "fargate_x86_vcpu_hour"}
    assert large["unknown"] == ["Route 53 hosted zone of mz-dev-application-service.internal"]


def test_the_table_says_sums_assumptions_and_sources(hatoba: Hatoba) -> None:
    shown = hatoba("cost", "--env", "dev")

    assert "Total in ap-northeast-1:" in shown
    assert "Assumed: A month has 730 hours" in shown
    assert "Price: logs_gb 0.76, 2026-09-23" in shown


def test_a_region_without_prices_is_a_clear_error(hatoba: Hatoba) -> None:
    (hatoba.folder / "environments.toml").write_text('[local]\nregion = "eu-west-1"\n')

    done = hatoba.run("cost")

    assert (done.returncode, "no prices for eu-west-1" in done.stderr) == (1, True)


def test_compare_sets_ways_side_by_side(hatoba: Hatoba) -> None:
    shown = hatoba("compare", "--env", "dev")
    ingress, runs = hatoba.json("compare", "--env", "dev")["comparisons"]

    assert "An ALB is 17.73 USD a month more than Cloud Map" in shown
    assert [option["name"] for option in ingress["options"]] == ["Cloud Map", "ALB", "NLB"]
    assert [option["name"] for option in runs["options"]] == ["ECS", "EKS on Fargate"]


def test_export_writes_every_environment_or_one_that_is_taken_by_itself(hatoba: Hatoba) -> None:
    hatoba("export", "terraform", "module")
    values = json.loads((hatoba.folder / "module/environments/dev.tfvars.json").read_text())

    assert (values["allowed_account_ids"], values["ecs_task"]["memory"]) == (["111122223333"], 512)

    hatoba("export", "terraform", "module", "--env", "dev")
    assert json.loads((hatoba.folder / "module/environment.auto.tfvars.json").read_text()) == values


def test_export_does_not_write_over_what_others_wrote(hatoba: Hatoba) -> None:
    (hatoba.folder / "module").mkdir()
    (hatoba.folder / "module/main.tf.json").write_text("{}")

    refused = hatoba.run("export", "terraform", "module")
    assert (refused.returncode, "main.tf.json" in refused.stderr) == (5, True)

    hatoba("export", "terraform", "module", "--force")
    assert "resource" in json.loads((hatoba.folder / "module/main.tf.json").read_text())


def test_export_refuses_by_name_what_terraform_cannot_carry(hatoba: Hatoba) -> None:
    definition = hatoba.folder / "hatobafile.py"
    definition.write_text(definition.read_text().replace("cors_max_age", "version"))

    refused = hatoba.run("export", "terraform", "module", "--env", "local")

    assert refused.returncode == 5, refused.stderr
    assert "input version: a variable of Terraform cannot have this name" in refused.stderr
    assert not (hatoba.folder / "module").exists()
