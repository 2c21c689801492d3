"""What we conclude: estimands and the rule of the verdict."""
