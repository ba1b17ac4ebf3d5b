"""The whole way, from configuration to report: what the command line and Python call."""
