"""The section Rules: assertions on parameters that reject an operation before any resource is touched.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/rules-section-structure.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hatoba.cloud.cloudformation.errors import Invalid
from hatoba.cloud.cloudformation.template.functions import truth

if TYPE_CHECKING:
    from hatoba.cloud.cloudformation.template.document import Template
    from hatoba.cloud.cloudformation.template.evaluate import Evaluator


def assert_rules(template: Template, evaluator: Evaluator) -> None:
    """Evaluate every rule.

    Raises:
        Invalid: An assertion does not hold; the text has its description.
    """
    for name, rule in template.rules.items():
        condition = rule.get("RuleCondition")
        if condition is not None and not truth(evaluator.value(condition), name):
            continue
        for assertion in rule.get("Assertions") or ():
            if not truth(evaluator.value(assertion.get("Assert")), name):
                description = assertion.get("AssertDescription") or f"rule {name} is not fulfilled"
                raise Invalid(f"Template error: Rule {name} failed: {description}")
