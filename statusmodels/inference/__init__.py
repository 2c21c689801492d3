"""Which values fit: the pilot, sampling, the diagnostics gate, and stored fits."""
