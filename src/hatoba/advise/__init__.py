"""What a person should know before and after: the doctor's findings, each with its remedy."""
