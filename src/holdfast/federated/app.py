"""The two halves that `flwr run` looks for: `holdfast.federated.app:server_app` and `:client_app`."""

from __future__ import annotations

from flwr.app import Context, Message
from flwr.clientapp import ClientApp
from flwr.serverapp import Grid, ServerApp

from holdfast.federated.client import take_turn
from holdfast.federated.server import serve

server_app = ServerApp()
client_app = ClientApp()


@server_app.main()  # type: ignore[untyped-decorator]  # flwr is not checked
def _main(grid: Grid, context: Context) -> None:
    serve(grid, context)


@client_app.train()  # type: ignore[untyped-decorator]
def _train(message: Message, context: Context) -> Message:
    return take_turn(message, context)
