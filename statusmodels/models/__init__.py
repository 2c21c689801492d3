"""What could have generated the panel: hypotheses, priors, the model, and replicates drawn from it."""
