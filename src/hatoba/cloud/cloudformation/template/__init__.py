"""The template language, pure: text in, values out; nothing here calls anything.

::

    text ─ parse ─→ document ─ read ─→ Template ─┬─ parameters  what was given, checked and completed
                                                 ├─ graph       who refers to whom, in which order
                                                 └─ Evaluator   conditions, functions → plain values

A value that is not known yet (an attribute of a resource that is still to be made) evaluates to
:data:`UNKNOWN`, so the same evaluator serves the plan of a change set and the run.
"""

from hatoba.cloud.cloudformation.template.document import (
    Output,
    Parameter,
    Resource,
    Template,
    read_source,
    read_template,
)
from hatoba.cloud.cloudformation.template.evaluate import Environment, Evaluator
from hatoba.cloud.cloudformation.template.values import NO_VALUE, UNKNOWN, Value, is_unknown

__all__ = [
    "NO_VALUE",
    "UNKNOWN",
    "Environment",
    "Evaluator",
    "Output",
    "Parameter",
    "Resource",
    "Template",
    "Value",
    "is_unknown",
    "read_source",
    "read_template",
]
