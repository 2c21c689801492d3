"""What we conclude: estimands and the rule of the verdict, fixed before the data are seen."""
