"""What the manual says of itself: its links lead somewhere, and both front pages give the same commands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/**/*.md")],
)
LINK = re.compile(r"\]\(([^)#\s]*)(#[^)\s]*)?\)")
CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)


def anchors(page: Path) -> set[str]:
    """The headings of a page, as GitHub makes anchors of them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def dead_links(page: Path) -> list[str]:
    """The links of a page that lead nowhere in this repository."""
    found = []
    for target, anchor in LINK.findall(CODE.sub("", page.read_text(encoding="utf-8"))):
        if target.startswith(("http:", "https:")):
            continue
        led_to = (page.parent / target).resolve() if target else page
        if not led_to.exists() or (anchor and led_to.suffix == ".md" and anchor[1:] not in anchors(led_to)):
            found.append(target + anchor)
    return found


def commands(page: Path) -> list[str]:
    """The indented lines of a page, which a reader types, without their comments."""
    lines = re.findall(r"^    (\S.*)$", CODE.sub("", page.read_text(encoding="utf-8")), re.MULTILINE)
    return [line.split("  #")[0].rstrip() for line in lines]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_of_the_manual_leads_somewhere(page: Path) -> None:
    assert dead_links(page) == []


def test_both_front_pages_give_the_same_commands() -> None:
    english = commands(ROOT / "README.md")

    assert len(english) > 20
    assert commands(ROOT / "README.ja.md") == english
