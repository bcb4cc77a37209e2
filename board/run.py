"""``inkstand run``: from options to a printer in the foreground."""

from __future__ import annotations

import asyncio
import signal
import socket
from pathlib import Path
from typing import Any

import click
import msgspec

from board.build import Instance, Places
from board.config import Board, ConfigError, load_board
from board.logs import set_up
from board.notify import Supervisor
from board.parts.usb import how_to_attach
from board.places import control_socket, default_state
from board.profiles import load_profile
from firmware.core.errors import StartError


class Failure(Exception):
    """It can't run: one line, with what to do."""


async def run_board(options: dict[str, Any]) -> None:
    """Run until SIGINT or SIGTERM."""
    set_up(options["log_level"], options["log_format"])
    try:
        board = with_options(load_board(options["board_name"], options["over"]), options)
        port = board.network.port or free_port()
        board = msgspec.structs.replace(board, network=msgspec.structs.replace(board.network, port=port))
        out: Path = options["out"].absolute()
        state: Path = (options["state"] or default_state(out)).absolute()
        out.mkdir(parents=True, exist_ok=True)
        profile = load_profile(options["profile"]) if options["profile"] else None
        instance = Instance(board, Places(out, state, control_socket(port), options["trace"]), profile)
        await instance.start()
    except (ConfigError, StartError) as error:
        raise Failure(str(error)) from error
    except OSError as error:
        raise Failure(explain(error, locals().get("port", 0))) from error
    click.echo(greeting(instance))
    try:
        await until_stopped(instance)
    finally:
        await instance.close()


def with_options(board: Board, options: dict[str, Any]) -> Board:
    """The board with what the command line says in its place."""
    changes = {
        "printer": {"name": options["name"], "model": options["model"]},
        "network": {"port": options["port"], "bind": options["bind"], "discovery": options["discovery"]},
        "sink": {"pace": options["pace"], "keep_documents": options["keep_documents"]},
        "access": {"operators": options["operators"]},
        "wifi": {"part": options["wifi"], "interface": options["wifi_interface"]},
        "usb": {"udc": options["udc"], "bind": options["usbip_bind"], "port": options["usbip_port"]},
    }
    for section, values in changes.items():
        given = {key: value for key, value in values.items() if value is not None}
        if given:
            replaced = msgspec.structs.replace(getattr(board, section), **given)
            board = msgspec.structs.replace(board, **{section: replaced})
    return board


def explain(error: OSError, port: int) -> str:
    """What the system said, and what to do about it."""
    if error.errno == 98:
        return f"port {port} is in use: stop the other program, or choose another port with --port"
    if error.errno == 13 and error.filename is None and port and port < 1024:
        return f"port {port} is for root: choose one from 1024 on with --port"
    return f"can't start: {error}"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("", 0))
        return int(probe.getsockname()[1])


def greeting(instance: Instance) -> str:
    """Where it is, and one line to copy."""
    port = instance.port
    uri = f"ipp://localhost:{port}/ipp/print"
    option = "" if port == 8631 else f" --port {port}"
    return "\n".join(
        [
            f"{instance.board.printer.name} is ready.",
            f"  printer  {uri}",
            f"  page     http://localhost:{port}/",
            f"  sheets   {instance.places.out}",
            *cable_lines(instance),
            *login_lines(instance, option),
            f"  try      echo 'Hello, paper.' | {print_command()} print{option} /dev/stdin",
            "Ctrl-C stops it.",
        ]
    )


def login_lines(instance: Instance, option: str) -> list[str]:
    """How the first login is made; none is needed to print."""
    if instance.doors.tls is None or instance.board.identity.part != "files" or instance.doors.users.all():
        return []
    return [f"  logins   none yet: {print_command()} user add NAME --role administrator{option}"]


def cable_lines(instance: Instance) -> list[str]:
    """How a host gets at the USB side, where there is one."""
    return [f"  cable    {how_to_attach(instance.cable)}"] if instance.cable is not None else []


def print_command() -> str:
    """This command, so that it can be copied whether or not it is on the PATH."""
    import shutil
    import sys

    found = shutil.which("inkstand")
    here = Path(sys.argv[0])
    if found is not None and here.name == "inkstand" and Path(found).samefile(here):
        return "inkstand"
    relative = here.absolute()
    try:
        return str(relative.relative_to(Path.cwd()))
    except ValueError:
        return str(relative)


async def until_stopped(instance: Instance) -> None:
    """Serve until a signal comes. Discovery starts now: it takes its time, and printing does not need it."""
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    supervisor = Supervisor()
    supervisor.tell("READY=1")
    tasks = [loop.create_task(instance.announce()), loop.create_task(supervisor.live())]
    await stopped.wait()
    supervisor.tell("STOPPING=1")
    for task in tasks:
        task.cancel()
