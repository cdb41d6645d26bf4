"""AWS CloudFormation: stacks, change sets, and the engine that makes them so."""
