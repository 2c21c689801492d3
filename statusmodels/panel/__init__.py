"""What a model sees: directed dyad x period, with the memory of past acts."""
