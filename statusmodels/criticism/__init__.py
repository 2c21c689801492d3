"""Does a fitted hypothesis reproduce what was seen: leave-one-out prediction and posterior predictive checks."""
