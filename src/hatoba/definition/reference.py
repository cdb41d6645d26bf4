"""The reference of the definition, written from the code: ``python -m hatoba.definition.reference PAGE``.

What stands between the two marks of a page is replaced: for each module its constructs with their arguments,
types and defaults, the attributes that they have, and the functions that make them.
"""

from __future__ import annotations

import dataclasses
import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

from hatoba.definition import (
    apigateway,
    autoscaling,
    cloudmap,
    ec2,
    ecs,
    existing,
    iam,
    inputs,
    logs,
    raw,
    scheduler,
    system,
)
from hatoba.definition.construct import Construct, what_it_is
from hatoba.definition.inputs import Input

FIRST, LAST = "<!-- from the code: make reference -->", "<!-- to here -->"
MODULES = (system, ecs, autoscaling, scheduler, cloudmap, apigateway, ec2, iam, logs, existing, raw)
"""The modules of the reference, in its order."""

_WORDS = (
    (r"Sequence\[(\w+ \| )?Text\] \| Value\[list\[str\]\]|\bTexts\b", "texts or a list input"),
    (r"\bText\b", "text or a late value"),
    (r"\bCount\b", "number or a number input"),
    (r"\bSequence\[(.+?)\](?= \||$)", r"list of (\1)"),
    (r"\bMapping\[str, (.+)\]", r"dictionary of (\1)"),
    (r"\bLiteral\[([^]]+)\]", r"\1"),
    (r"\bIngress\b", '"cloudmap", "alb", "nlb"'),
    (r"\bstr\b", "text"),
    (r"\bint\b", "number"),
    (r"\bbool\b", "True or False"),
    (r" \| None\b", ""),
    (r" \| ", " or "),
    (r"\((\w+(?:\.\w+)?)\)", r"\1"),
    (r"\bAny\b", "anything"),
)


def constructs_of(module: ModuleType) -> list[type[Construct]]:
    """The constructs that a module defines, in the order of writing."""
    return [
        found
        for found in vars(module).values()
        if isinstance(found, type) and issubclass(found, Construct) and found.__module__ == module.__name__
    ]


def reference() -> str:
    """The whole reference as Markdown."""
    return "\n".join(line for module in MODULES for line in _module(module)) + "\n".join(_inputs())


def replaced(page: str) -> str:
    """A page with the reference of today between its marks."""
    before, _, rest = page.partition(FIRST)
    _, _, after = rest.partition(LAST)
    return f"{before}{FIRST}\n\n{reference()}\n{LAST}{after}"


def _module(module: ModuleType) -> Iterator[str]:
    name = module.__name__.rpartition(".")[2]
    # System and Raw are taken from hatoba itself, without a module's name in front.
    yield f"### {'System' if name == 'system' else 'Raw' if name == 'raw' else f'`{name}`'}"
    yield from ("", _prose(module.__doc__), "")
    for construct in constructs_of(module):
        yield from _construct(construct)
    for function in vars(module).values():
        if _is_public_function(function, module):
            yield from _function(name, function)


def _is_public_function(found: object, module: ModuleType) -> bool:
    return (
        isinstance(found, FunctionType)
        and found.__module__ == module.__name__
        and not found.__name__.startswith("_")
        and module is not system
    )


def _construct(cls: type[Construct]) -> Iterator[str]:
    fields = dataclasses.fields(cls)  # type: ignore[arg-type]  # every construct is a dataclass
    yield f"#### `{what_it_is(cls)}({', '.join(_signature(fields))})`"
    yield from ("", _prose(cls.__doc__), "", "| Argument | Takes | Default |", "|---|---|---|")
    for field in fields:
        yield f"| `{field.name}` | {_in_words(str(field.type))} | {_default(field)} |"
    attributes = list(_attributes(cls))
    if attributes:
        yield ""
        told = (f"`{name}`: {_sentence(member).removesuffix('.')}" for name, member in attributes)
        yield f"Attributes: {'; '.join(told)}."
    yield ""


def _signature(fields: tuple[dataclasses.Field[Any], ...]) -> Iterator[str]:
    """What must be given, and a sign that there is more."""
    needed = [field.name for field in fields if _default(field) == "needed"]
    yield from needed
    if len(needed) < len(fields):
        yield "…"


def _attributes(cls: type[Construct]) -> Iterator[tuple[str, object]]:
    for base in reversed(cls.__mro__):
        for name, member in vars(base).items():
            if name.startswith("_") or base in (Construct, object):
                continue
            if isinstance(member, property) and re.search(r"Attribute|Joined|Text", _returns(member.fget)):
                yield name, member
            elif isinstance(member, FunctionType) and re.search("Attribute|Joined", _returns(member)):
                yield f"{name}{_arguments(member)}", member


def _returns(function: object) -> str:
    return str(getattr(function, "__annotations__", {}).get("return", ""))


def _arguments(function: FunctionType) -> str:
    shown = [
        name if each.default is each.empty else f"{name}={each.default!r}"
        for name, each in inspect.signature(function).parameters.items()
        if name != "self"
    ]
    return f"({', '.join(shown)})"


def _function(module: str, function: FunctionType) -> Iterator[str]:
    yield from (
        f"#### `{module}.{function.__name__}{_arguments(function)}`",
        "",
        _prose(function.__doc__),
        "",
    )


def _inputs() -> Iterator[str]:
    yield from ("", "### Inputs", "", "| Declared as | What it is | Parameter type |", "|---|---|---|")
    for name, member in vars(Input).items():
        if isinstance(member, staticmethod):
            made = member.__func__
            kind = made().kind
            yield f"| `Input.{name}()` | {_sentence(made)} | `{kind.parameter_type}` |"
    yield ""
    for cls in vars(ecs).values():
        if isinstance(cls, type) and issubclass(cls, inputs.Inputs) and cls is not inputs.Inputs:
            members = ", ".join(f"`{given.name}`" for given in cls())
            yield f"`ecs.{cls.__name__}`: {_sentence(cls)} Its inputs: {members}."
            yield ""


def _in_words(annotation: str) -> str:
    text = annotation.replace("logs.", "").replace("cloudmap.", "")
    for pattern, words in _WORDS:
        text = re.sub(pattern, words, text)
    return text.replace("|", "or")


def _default(field: dataclasses.Field[Any]) -> str:
    default = field.default
    factory = getattr(default, "default_factory", None) or (
        field.default_factory if field.default_factory is not dataclasses.MISSING else None
    )
    if factory is not None:
        made = factory()
        return f"`{what_it_is(type(made))}()`" if isinstance(made, Construct) else _empty(made)
    if default is dataclasses.MISSING:
        return "needed"
    return "none" if default is None else _empty(default)


def _empty(value: object) -> str:
    if isinstance(value, (tuple, dict, inputs.Inputs)) and not _members(value):
        return "none"
    if isinstance(value, dict):
        return f"{', '.join(f'`{name}`' for name in value)}"
    return f"`{list(value) if isinstance(value, tuple) else value!r}`"


def _members(value: object) -> list[object]:
    return list(value) if isinstance(value, (tuple, dict, inputs.Inputs)) else []


def _prose(docstring: str | None) -> str:
    text = inspect.cleandoc(docstring or "")
    text = re.sub(r"(?<!\S)(https://\S+)", r"<\1>", text)
    return text.replace("``", "`")


def _sentence(documented: object) -> str:
    return _prose(documented.__doc__).partition("\n\n")[0].replace("\n", " ")


def main() -> None:
    """Rewrite the reference in the page that is named."""
    page = Path(sys.argv[1])
    page.write_text(replaced(page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
