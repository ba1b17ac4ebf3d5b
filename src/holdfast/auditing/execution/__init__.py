"""Running trials: one trial, one process or many, anchors, progress."""
