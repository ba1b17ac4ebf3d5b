"""The command line: one small file a command, and errors that people can act on."""

from __future__ import annotations

import sys
from io import TextIOWrapper

import typer

from holdfast.cli.audit import audit
from holdfast.cli.calibrate import calibrate
from holdfast.cli.cost import cost
from holdfast.cli.doctor import doctor
from holdfast.cli.grade import grade
from holdfast.cli.list import list_plugins
from holdfast.cli.plan import plan
from holdfast.cli.report import report

app = typer.Typer(
    name="holdfast",
    help="Measure how far a language model's safety slips under fine-tuning, and at what price.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(audit)
app.command()(plan)
app.command()(report)
app.command()(grade)
app.command()(calibrate)
app.command()(cost)
app.command(name="list")(list_plugins)
app.command()(doctor)

__all__ = ["app", "main"]

_INTERRUPTED = 130


def main() -> None:
    """Run the command line; what the user can mend is told without a traceback.

    Exit codes: 0 done, 1 a run that could not be finished, 2 a configuration with problems or wrong usage,
    130 interrupted.
    """
    from holdfast.domain import ConfigError, DataError, HoldfastError, PluginError

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a terminal without some sign shows `?`, not a traceback
            stream.reconfigure(errors="replace")
    try:
        app()
    except (ConfigError, DataError, PluginError) as error:
        _fail(str(error), 2)
    except HoldfastError as error:
        _fail(str(error), 1)
    except OSError as error:
        _fail(f"{error}\n  next: finished trials are kept; mend this and give the same command again", 1)
    except SystemExit as ended:
        if ended.code == _INTERRUPTED:  # typer has caught the interrupt, and says nothing
            _fail("interrupted; finished trials are kept, the same command goes on from there", _INTERRUPTED)
        raise


def _fail(message: str, code: int) -> None:
    print(f"holdfast: {message}", file=sys.stderr)
    sys.exit(code)
