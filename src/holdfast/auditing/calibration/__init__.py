"""Labels on a sample of a run's answers: how often a panel errs, and rates corrected for it."""
