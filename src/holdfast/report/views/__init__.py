"""View models: plain data that each part of a report shows, computed from the record without drawing."""
