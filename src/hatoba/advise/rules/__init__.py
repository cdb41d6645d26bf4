"""The doctor's rules by subject. Each is a pure function from a picture of the system to findings."""
