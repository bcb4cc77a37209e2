"""``inkstand wifi``: the printer's network, by the same attributes that a host sets over the cable."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, NoReturn, cast

import click

from board import options
from board.places import control_socket

if TYPE_CHECKING:
    from firmware.ipp import Attribute, AttributeGroup, Message, Operation

PATIENCE = 90.0
"""Seconds to wait for an attempt to end."""


@click.group(invoke_without_command=True)
@click.pass_context
def wifi(context: click.Context) -> None:
    """Show or change the Wi-Fi network of the running printer.

    \b
    inkstand wifi                       how it fares
    inkstand wifi scan                  networks in reach
    inkstand wifi join "Our Network"    asks for the password
    inkstand wifi join Guests --open
    pass show wifi | inkstand wifi join "Our Network"
    """
    if context.invoked_subcommand is None:
        context.invoke(status)


@wifi.command()
@options.port
def status(port: int = 8631) -> None:
    """Show the network and how the radio fares."""
    ssid, state = _ask(port)
    click.echo(_line(ssid, state))


@wifi.command()
@options.port
def scan(port: int) -> None:
    """List the networks in reach, the strongest first."""
    from board.ask import AskFailure, ask, table

    try:
        networks = ask(control_socket(port), "/control/networks")["networks"]
    except AskFailure as error:
        _fail(str(error))
    rows = [(each["ssid"], each["security"], _signal(each["signal"])) for each in networks]
    click.echo(table([("NETWORK", "SECURITY", "SIGNAL"), *rows]) if rows else "No network in reach.")


@wifi.command()
@click.argument("ssid")
@click.option("--open", "is_open", is_flag=True, help="The network has no password.")
@click.option("--wait/--no-wait", default=True, help="Wait until it is joined, or can't be.")
@options.port
def join(ssid: str, is_open: bool, wait: bool, port: int) -> None:
    """Join a network. Its password is asked for, or comes by standard input: it is never an argument."""
    from firmware.features.wifi import PASSWORD, SSID
    from firmware.ipp import Attribute, Name

    password = b"" if is_open else _password()
    _set(port, Attribute(SSID, Name(ssid)), Attribute(PASSWORD, password))
    if wait:
        _wait(port, ssid)


@wifi.command()
@options.port
def forget(port: int) -> None:
    """Leave the network and forget its password."""
    from firmware.features.wifi import SSID
    from firmware.ipp import DELETE_ATTRIBUTE, Attribute

    _set(port, Attribute(SSID, DELETE_ATTRIBUTE))


def _password() -> bytes:
    if sys.stdin.isatty():
        text: str = click.prompt("Password", hide_input=True)
        return text.encode()
    line = sys.stdin.buffer.readline().rstrip(b"\r\n")
    if not line:
        _fail("no password on standard input: a network without one is joined with --open")
    return line


def _wait(port: int, wanted: str) -> None:
    """Follow the attempt to its end."""
    from firmware.features.wifi import legible

    until = time.monotonic() + PATIENCE
    ssid, state = _ask(port)
    while state == "joining" and time.monotonic() < until:
        time.sleep(0.3)
        ssid, state = _ask(port)
    click.echo(_line(ssid, state))
    if (ssid, state) != (legible(wanted), "on"):
        sys.exit(1)


_TOLD = {
    "off": "Wi-Fi is off: the radio is blocked, or its network service does not run.",
    "not-configured": "Wi-Fi is not set up: inkstand wifi join NETWORK",
    "not-visible": "{ssid} is not in reach.",
    "cannot-join": "{ssid} can't be joined: is the password right?",
    "joining": "Joining {ssid} …",
    "on": "On {ssid}.",
}


def _line(ssid: str, state: str) -> str:
    shown = "".join(character if character.isprintable() else "�" for character in ssid)
    return _TOLD[state].format(ssid=shown)


def _signal(number: int) -> str:
    return f"{number} dBm" if number <= 0 else f"{number} %"


def _ask(port: int) -> tuple[str, str]:
    """printer-wifi-ssid and printer-wifi-state, by its label."""
    from firmware.core.call import plain_text
    from firmware.features.wifi import SSID
    from firmware.ipp import Attribute, GroupTag, Keyword, Operation, registry

    names = Attribute("requested-attributes", Keyword(SSID), Keyword("printer-wifi-state"))
    answer = _request(port, Operation.GET_PRINTER_ATTRIBUTES, [names])
    ssid, state = (answer.get(name, GroupTag.PRINTER) for name in (SSID, "printer-wifi-state"))
    if ssid is None or state is None:
        _fail("this printer has no radio")
    return plain_text(ssid.value), registry.enum_label("printer-wifi-state", cast(int, state.value))


def _set(port: int, *attributes: Attribute) -> None:
    from firmware.ipp import AttributeGroup, GroupTag, Operation

    group = AttributeGroup(GroupTag.PRINTER, list(attributes))
    _request(port, Operation.SET_PRINTER_ATTRIBUTES, groups=[group])


def _request(
    port: int, operation: Operation, attributes: Iterable[Attribute] = (), groups: Iterable[AttributeGroup] = ()
) -> Message:
    from board.ask import not_running
    from board.client import Client, ClientError

    socket = control_socket(port)
    if not socket.exists():
        _fail(not_running(socket))
    try:
        return Client("ipp://localhost/ipp/print", socket).request(operation, attributes, groups)
    except ClientError as error:
        _fail(str(error))


def _fail(message: str) -> NoReturn:
    click.echo(f"inkstand: {message}", err=True)
    sys.exit(1)
