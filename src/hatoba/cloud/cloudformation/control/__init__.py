"""What CloudFormation decides, pure: what a change set would do, and what follows when a phase has ended."""
