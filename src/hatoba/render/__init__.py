"""A plan written down for the tool that creates it: CloudFormation, or Terraform. Pure.

::

    Plan ─┬─cloudformation.template──→ dict ──┬─ to_json: what is deployed
          │                                   └─ to_yaml: what people read (`hatoba synth`)
          └─terraform.module──→ files of a module (`hatoba export terraform`)
"""

from hatoba.render.cloudformation import template
from hatoba.render.text import to_json, to_yaml

__all__ = ["template", "to_json", "to_yaml"]
