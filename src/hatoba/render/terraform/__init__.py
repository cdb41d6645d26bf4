"""A plan as a Terraform module in JSON syntax: what a team on Terraform takes over as it stands. Pure.

::

    Plan ─┬─ names: an address for each resource, a variable for each input
          ├─ kinds: one table, CloudFormation's type and properties → Terraform's
          │    └─ roles, groups, tasks, routes: where one of the two needs more than the other
          ├─ variables: parameters → variables with types, defaults, validation
          └─ module: main, variables, outputs, providers, versions, README ──→ file name → text

Nothing is dropped: a field of a record that the tables do not name is refused by its name, with all others
that cannot be carried. What CloudFormation does by itself (a service's steady state is waited for, a new
group lets everything out) is said to Terraform, so that both make the same system.
https://developer.hashicorp.com/terraform/language/syntax/json
"""

from hatoba.render.terraform.errors import Refusal, Uncarried
from hatoba.render.terraform.module import module
from hatoba.render.terraform.variables import variable_values

__all__ = ["Refusal", "Uncarried", "module", "variable_values"]
