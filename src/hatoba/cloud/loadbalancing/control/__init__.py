"""What may be, and what follows: pure."""
