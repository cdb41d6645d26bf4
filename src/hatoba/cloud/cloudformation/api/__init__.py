"""CloudFormation's operations, by noun: stacks, change sets, what describes them, templates."""
