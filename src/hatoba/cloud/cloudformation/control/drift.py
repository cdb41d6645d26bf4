"""How a resource as it is differs from what its template wrote: only what was written is compared.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-drift.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hatoba.cloud.cloudformation.model import PropertyDifference
from hatoba.cloud.cloudformation.template.values import same

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from hatoba.cloud.cloudformation.resources.protocol import TagForm

MISSING: Any = object()
"""Stands for what is not there, in a comparison."""


def differences(expected: Any, actual: Any, path: str = "") -> Iterator[PropertyDifference]:
    """Yield what differs; lists are compared without their order."""
    if isinstance(expected, str) and "{{resolve:" in expected:
        return  # what a dynamic reference stands for is not kept
    if isinstance(expected, dict) and isinstance(actual, dict):
        for name, value in expected.items():
            yield from differences(value, actual.get(name, MISSING), f"{path}/{name}")
    elif isinstance(expected, list) and isinstance(actual, list):
        yield from _list_differences(expected, actual, path)
    elif actual is MISSING or actual is None:
        if expected not in ([], {}, ""):
            yield PropertyDifference(path, expected, None, "REMOVE")
    elif not same(expected, actual):
        yield PropertyDifference(path, expected, actual, "NOT_EQUAL")


def _list_differences(expected: list[Any], actual: list[Any], path: str) -> Iterator[PropertyDifference]:
    left = list(enumerate(actual))
    unmatched: list[tuple[int, Any]] = []
    for index, item in enumerate(expected):
        found = next((each for each in left if not any(differences(item, each[1]))), None)
        if found is None:
            unmatched.append((index, item))
        else:
            left.remove(found)
    for (index, item), (_, other) in zip(unmatched, left, strict=False):
        yield from differences(item, other, f"{path}/{index}")
    for index, item in unmatched[len(left) :]:
        yield PropertyDifference(f"{path}/{index}", item, None, "REMOVE")
    for index, item in left[len(unmatched) :]:
        yield PropertyDifference(f"{path}/{index}", None, item, "ADD")


def pruned(actual: Any, expected: Any) -> Any:
    """Return of ``actual`` only what ``expected`` speaks of, so that the two can be read side by side."""
    if isinstance(expected, dict) and isinstance(actual, dict):
        return {name: pruned(actual[name], value) for name, value in expected.items() if name in actual}
    if isinstance(expected, list) and isinstance(actual, list):
        known = [next((e for e in expected if not any(differences(e, item))), MISSING) for item in actual]
        spare = iter([e for e in expected if not any(e is each for each in known)])
        return [
            pruned(item, next(spare, item) if match is MISSING else match)
            for item, match in zip(actual, known, strict=True)
        ]
    return actual


def comparable(
    properties: Mapping[str, Any], write_only: frozenset[str], form: TagForm | None
) -> dict[str, Any]:
    """Return the properties that can be compared, tags as a map."""
    kept = {name: value for name, value in properties.items() if name not in write_only}
    if form is not None and "Tags" in kept:
        kept["Tags"] = tag_map(kept["Tags"])
    return kept


def tag_map(tags: Any) -> dict[str, str]:
    """Return tags of either form as a map."""
    if isinstance(tags, dict):
        return {str(key): str(value) for key, value in tags.items()}
    return {str(tag["Key"]): str(tag.get("Value", "")) for tag in tags or ()}


def own_tags(
    tags: Mapping[str, str], of_stack: Mapping[str, str], written: Mapping[str, str]
) -> dict[str, str]:
    """Return the tags without those that the stack and CloudFormation itself put there."""
    return {
        key: value
        for key, value in tags.items()
        if key in written or not (key.startswith("aws:") or of_stack.get(key) == value)
    }


def tag_differences(expected: Mapping[str, str], actual: Mapping[str, str]) -> Iterator[PropertyDifference]:
    """Yield the tags that differ, by their place in the sorted list of the template's."""
    names = sorted(expected.keys() | actual.keys())
    for index, name in enumerate(names):
        path = f"/Tags/{index}"
        before, after = _pair(expected, name), _pair(actual, name)
        if after is None:
            yield PropertyDifference(path, before, None, "REMOVE")
        elif before is None:
            yield PropertyDifference(path, None, after, "ADD")
        elif before != after:
            yield PropertyDifference(f"{path}/Value", expected[name], actual[name], "NOT_EQUAL")


def _pair(tags: Mapping[str, str], name: str) -> dict[str, str] | None:
    return {"Key": name, "Value": tags[name]} if name in tags else None
