"""Where load balancing touches the world: checks of targets."""
