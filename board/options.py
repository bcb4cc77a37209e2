"""Options that several commands share."""

from __future__ import annotations

import click

port = click.option(
    "--port",
    type=int,
    default=8631,
    show_default=True,
    envvar="INKSTAND_PORT",
    help="Port of the printer running here; INKSTAND_PORT says it for all commands.",
)
