"""What a reader gets: figures, tables and the page."""
