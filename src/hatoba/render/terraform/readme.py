"""The module's README: how it is applied, what it takes, what it shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hatoba.render.terraform.variables import ACCOUNTS, REGION, Leaf, Tree

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hatoba.plan.graph import Plan

_TEXT = """\
# {system}

{mark}.

    terraform init
    terraform apply -var-file=environments/ENVIRONMENT.tfvars.json

Where `environment.auto.tfvars.json` stands, Terraform takes the values in it by itself: `terraform apply`.

| File | What is in it |
|---|---|
| `variables.tf.json` | the inputs of the definition, with their types, defaults and validation |
| `providers.tf.json` | the provider: region, allowed accounts, default tags |
| `main.tf.json` | the resources; `locals` hold what AWS takes as JSON text (containers, policies) |
| `outputs.tf.json` | what is shown after an apply |
| `versions.tf.json` | the range of Terraform and of the AWS provider that it is made for |

A value of `{region}` and of `{accounts}` keeps an apply from reaching another region or account.

Each resource's comment `//` names it as the CloudFormation template of the same definition does.

## Variables

| Name | Default |
|---|---|
{variables}

## Outputs

{outputs}
"""


def readme(plan: Plan, tree: Tree, outputs: Sequence[str], mark: str) -> str:
    """The text, in Markdown."""
    rows = "\n".join(f"| `{name}` | {default} |" for name, default in _rows("", tree))
    return _TEXT.format(
        system=plan.system,
        mark=mark,
        region=REGION,
        accounts=ACCOUNTS,
        variables=rows or "| none | |",
        outputs="\n".join(f"- `{name}`" for name in outputs) or "None.",
    )


def _rows(before: str, tree: Tree) -> Iterator[tuple[str, str]]:
    for name, inner in tree.items():
        if isinstance(inner, Leaf):
            yield before + name, "required" if inner.default is None else f"`{inner.default}`"
        else:
            yield from _rows(f"{before}{name}.", inner)
