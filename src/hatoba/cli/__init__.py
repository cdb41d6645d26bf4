"""The commands. No logic of their own: each checks its words, calls one part, and prints what it says."""
