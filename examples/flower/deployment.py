"""What `flwr run` loads: both halves of the app that ships with Holdfast."""

from holdfast.federated.app import client_app, server_app

__all__ = ["client_app", "server_app"]
