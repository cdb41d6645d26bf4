"""docs/facts names a test, or a line of docs/fidelity, for every fact: both must be there."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "docs" / "facts").glob("*.md"))
TEST = re.compile(r"`([\w/]+\.py)::(\w+)`")
LEFT_OUT = re.compile(r"\[[^\]]+\]\((\.\./fidelity/\w+\.md)\) \"([^\"]+)\"")
SURENESS = re.compile(r"^[DRU](?:, [DRU])*: \S")


def rows(page: Path) -> list[tuple[str, str, str]]:
    """A page's facts: what is so, how sure and from where, what shows it. A row has three cells."""
    lines = [line for line in page.read_text().splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]
    return [(fact, source, here) for fact, source, here in cells if fact != "Fact" and not set(fact) <= {"-"}]


@cache
def functions_of(file: str) -> frozenset[str]:
    path = ROOT / "tests" / file
    tree = ast.parse(path.read_text()) if path.exists() else ast.Module([], [])
    return frozenset(
        node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )


def test_every_fact_has_its_words_and_its_source() -> None:
    assert PAGES
    bad = [
        (page.name, row) for page in PAGES for row in rows(page) if not row[0] or not SURENESS.match(row[1])
    ]

    assert bad == []


def test_every_fact_is_shown_or_named_as_a_difference() -> None:
    bad = [
        (page.name, fact)
        for page in PAGES
        for fact, _, here in rows(page)
        if not TEST.search(here) and not LEFT_OUT.search(here)
    ]

    assert bad == []


def test_every_test_that_is_named_exists() -> None:
    named = [
        (page.name, file, name)
        for page in PAGES
        for *_, here in rows(page)
        for file, name in TEST.findall(here)
    ]

    assert [(page, file, name) for page, file, name in named if name not in functions_of(file)] == []
    assert [name for _, _, name in named if not name.startswith("test_")] == []


def test_every_difference_that_is_named_is_on_its_page() -> None:
    bad = [
        (page.name, target, words)
        for page in PAGES
        for *_, here in rows(page)
        for target, words in LEFT_OUT.findall(here)
        if words not in (page.parent / target).resolve().read_text()
    ]

    assert bad == []


def test_the_index_names_every_page() -> None:
    index = (ROOT / "docs" / "facts.md").read_text()

    assert [page.name for page in PAGES if f"(facts/{page.name})" not in index] == []
