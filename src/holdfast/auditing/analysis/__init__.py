"""From stored answers and verdicts to trajectories and findings; needs no model."""
