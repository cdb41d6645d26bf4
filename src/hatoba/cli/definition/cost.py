"""``hatoba cost`` and ``hatoba compare``: a month of the system, as it is and built otherwise."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from hatoba.advise import cost as advice
from hatoba.cli import output
from hatoba.cli.exits import Failure
from hatoba.cli.project import explained, load_project

if TYPE_CHECKING:
    from pathlib import Path

    from hatoba.advise.cost import Comparison, Estimate, Line, Prices, Traffic, Usage
    from hatoba.definition.environments import Environment
    from hatoba.definition.project import Project


def cost(file: Path | None, name: str, traffic: Traffic, *, as_json: bool) -> None:
    """Print the estimate of an environment's month."""
    used, prices = _read(file, name)
    made = advice.estimate(used, traffic, prices)
    if as_json:
        output.print_json(_document(made))
        return
    output.print_table(
        [_row(line) for line in made.lines],
        {"of": "FOR", "what": "WHAT", "quantity": "QUANTITY", "price": "PRICE", "usd": "USD A MONTH"},
        empty="Nothing of this system costs anything of its own.",
    )
    _tell_sums(made)
    _tell_grounds(made)


def compare(file: Path | None, name: str, traffic: Traffic, *, as_json: bool) -> None:
    """Print the ways to build the system side by side."""
    used, prices = _read(file, name)
    made = advice.compare(used, traffic, prices)
    if as_json:
        output.print_json({"comparisons": [_comparison(each) for each in made]})
        return
    for each in made:
        _show(each)
    output.hint("hatoba cost")


def parameters(project: Project, environment: Environment) -> dict[str, str]:
    """The parameters' values of an environment, as far as its file and the definition say them."""
    from hatoba.plan import parameter_values, plan

    known = {each.name: environment.value_of(each) for each in project.system.inputs}
    return parameter_values(
        plan(project.system), {name: value for name, value in known.items() if value is not None}
    )


def _read(file: Path | None, name: str) -> tuple[Usage, Prices]:
    from hatoba.plan import plan
    from hatoba.render import template

    project = load_project(file)
    with explained():
        environment = project.environment(name)
        project.validate(environment)
        used = advice.usage(template(plan(project.system)), parameters(project, environment))
    try:
        return used, advice.prices(environment.region)
    except advice.UnknownRegion as error:
        raise Failure(
            str(error), "Give another environment with --env, or add prices to the table."
        ) from error


def _row(line: Line) -> output.Row:
    return {
        "of": line.of,
        "what": line.what,
        "quantity": f"{line.quantity:,.3f} {line.unit}",
        "price": "not known"
        if line.price is None
        else f"{line.price.usd:g}" + ("?" if line.price.unsure else ""),
        "usd": "not known" if line.usd is None else f"{line.usd:.2f}",
    }


def _tell_sums(made: Estimate) -> None:
    write = output.stdout().print
    write("")
    for owner, usd in made.by_owner().items():
        write(f"{owner}: {usd:.2f} USD", markup=False)
    unknown = ", ".join(line.what for line in made.unknown)
    more = f", and what has no known price: {unknown}" if unknown else ""
    write(f"Total in {made.region}: {made.total:.2f} USD a month{more}", markup=False)


def _tell_grounds(made: Estimate) -> None:
    write = output.stdout().print
    write("")
    for text in made.assumptions:
        write(f"Assumed: {text}", markup=False)
    for text in made.not_counted:
        write(f"Not counted: {text}", markup=False)
    for price in made.prices():
        doubt = f" (? {price.unsure})" if price.unsure else ""
        write(f"Price: {price.item} {price.usd:g}, {price.date}: {price.source}{doubt}", markup=False)


def _document(made: Estimate) -> dict[str, object]:
    return {
        "region": made.region,
        "traffic": asdict(made.traffic),
        "lines": [
            {
                "of": line.of,
                "what": line.what,
                "quantity": line.quantity,
                "unit": line.unit,
                "item": line.item,
                "usd": line.usd,
            }
            for line in made.lines
        ],
        "by_service": made.by_owner(),
        "total_usd": made.total,
        "unknown": [line.what for line in made.unknown],
        "assumptions": list(made.assumptions),
        "not_counted": list(made.not_counted),
        "prices": [asdict(price) for price in made.prices()],
    }


def _comparison(made: Comparison) -> dict[str, object]:
    return {
        "title": made.title,
        "options": [
            {"name": option.name, "can": dict(zip(made.questions, option.can, strict=True))}
            | {"total_usd": option.estimate.total, "unknown": [line.what for line in option.estimate.unknown]}
            for option in made.options
        ],
        "reasons": list(made.reasons),
    }


def _show(made: Comparison) -> None:
    names = [option.name for option in made.options]
    months = {option.name: _month(option.estimate) for option in made.options}
    rows: list[output.Row] = [{"question": "A month", **months}]
    for number, question in enumerate(made.questions):
        rows.append({"question": question, **{option.name: option.can[number] for option in made.options}})
    output.print_table(rows, {"question": made.title.upper(), **{name: name for name in names}}, empty="")
    write = output.stdout().print
    write("")
    for reason in made.reasons:
        write(f"- {reason}", markup=False)
    write("")


def _month(made: Estimate) -> str:
    unknown = ", ".join(line.what for line in made.unknown if "hosted zone" not in line.what)
    return f"{made.total:.2f} USD" + (f" without {unknown}" if unknown else "")
