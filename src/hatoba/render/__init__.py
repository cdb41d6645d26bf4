"""From the graph of resources to a CloudFormation template. Pure."""
