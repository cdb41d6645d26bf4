"""cfn-lint, with AWS's own schemas, reads the templates that the golden files hold."""

from __future__ import annotations

from pathlib import Path

import pytest
from cfnlint import lint
from cfnlint.config import ManualArgs

RENDERED = Path(__file__).parents[2] / "unit" / "render"
GOLDEN = [
    *sorted((RENDERED / "golden").glob("*.json")),
    *sorted((RENDERED / "__snapshots__" / "test_constructs").glob("*.json")),
]
TOKYO = ManualArgs(regions=["ap-northeast-1"])


@pytest.mark.parametrize("golden", GOLDEN, ids=lambda golden: golden.stem)
def test_cfn_lint_finds_nothing(golden: Path) -> None:
    assert lint(golden.read_text(encoding="utf-8"), config=TOKYO) == []


def test_cfn_lint_would_find_a_misspelt_property() -> None:
    text = GOLDEN[0].read_text(encoding="utf-8").replace('"LaunchType"', '"LaunchTyp"')

    assert {found.rule.id for found in lint(text, config=TOKYO)} == {"E3002"}
