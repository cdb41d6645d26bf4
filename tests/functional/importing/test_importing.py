"""``hatoba import`` as a user runs it, with Terraform's native syntax."""

from __future__ import annotations

from pathlib import Path

import pytest

from hatoba.definition.project import load
from hatoba.importing import ImportFailed
from hatoba.importing.terraform import draft
from tests.support.command import Hatoba

REFERENCE = Path(__file__).parents[1] / "clients" / "reference"


def test_the_reference_system_in_terraform_becomes_a_definition_that_keeps_every_rule(tmp_path: Path) -> None:
    hatoba = Hatoba(tmp_path)

    done = hatoba.run("import", "terraform", str(REFERENCE), "--out", "hatobafile.py")

    assert done.returncode == 0, done.stderr
    assert "not carried: aws_ecs_cluster.main: setting: no construct has it" in done.stderr
    project = load(tmp_path / "hatobafile.py")
    project.validate(project.environment())
    (service,), (api,) = project.system.services, project.system.apis
    assert (service.name, api.name) == ("mz-dev-app", "mz-dev-api-gateway")
    assert [given.name for given in project.system.inputs][:3] == [
        "vpc_id",
        "private_subnet_ids",
        "default_security_group_id",
    ]
    again = hatoba.run("import", "terraform", str(REFERENCE), "--out", "hatobafile.py")
    assert (again.returncode, "is there already" in again.stderr) == (5, True)


def test_terraform_that_is_broken_is_a_clear_error_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text('resource "aws_ecs_cluster" "main" {\n  name = \n}\n')

    with pytest.raises(ImportFailed, match=r"main\.tf:[23]:\d+: this is not Terraform's language"):
        draft(tmp_path)


def test_a_data_source_of_a_policy_is_read_as_its_statements(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(
        """
        data "aws_iam_policy_document" "trust" {
          statement {
            actions = ["sts:AssumeRole"]
            principals {
              type        = "Service"
              identifiers = ["ecs-tasks.amazonaws.com"]
            }
          }
        }
        data "aws_iam_policy_document" "read" {
          statement {
            actions   = ["s3:GetObject", "s3:ListBucket"]
            resources = ["arn:${data.aws_partition.here.partition}:s3:::pictures/*"]
          }
        }
        data "aws_partition" "here" {}
        resource "aws_iam_role" "app" {
          name               = "app"
          assume_role_policy = data.aws_iam_policy_document.trust.json
        }
        resource "aws_iam_role_policy" "read" {
          name   = "read"
          role   = aws_iam_role.app.id
          policy = data.aws_iam_policy_document.read.json
        }
        """
    )
    made = draft(tmp_path)

    assert not made.left
    assert '"arn:" + PARTITION + ":s3:::pictures/*"' in made.text()


def test_compose_goes_to_stdout_and_its_report_to_stderr(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text(
        "services: {web: {image: nginx, ports: ['80:80'], volumes: ['a:/b']}}"
    )

    done = Hatoba(tmp_path).run("import", "compose", "compose.yaml")

    assert done.returncode == 0, done.stderr
    assert "ecs.Service(" in done.stdout
    assert "not carried: web: volumes" in done.stderr


def test_a_file_that_is_missing_is_a_usage_error_with_a_remedy(tmp_path: Path) -> None:
    done = Hatoba(tmp_path).run("import", "compose", "none.yaml")

    assert (done.returncode, "Try:" in done.stderr, "Traceback" in done.stderr) == (2, True, False)
