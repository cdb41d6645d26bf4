"""Operations by noun: one function per operation, thin."""
