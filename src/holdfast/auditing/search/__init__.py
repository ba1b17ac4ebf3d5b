"""An attacker who tries more than once: options searched per model, journaled, and run again afresh."""
