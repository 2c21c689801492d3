"""What if: catalogues simulated from a known truth."""
