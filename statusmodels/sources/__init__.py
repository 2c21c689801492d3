"""Other people's data: a registry of pinned public files, one reader a source, and machine-coded event data."""
