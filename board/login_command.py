"""``inkstand user`` and ``inkstand certificate``: the commands."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import click

from board import options
from board.places import control_socket, default_state


def _where(command: Any) -> Any:
    """Options that name the printer whose identity is meant."""
    command = click.option(
        "--state", type=click.Path(file_okay=False, path_type=Path), help="State folder of a printer that does not run."
    )(command)
    return options.port(command)


@click.group()
def user() -> None:
    """Who may log in, and as what.

    \b
    owner          his own jobs
    operator       also settings and other people's jobs
    administrator  everything
    """


def _logins(port: int, state: Path | None) -> Any:
    from board.logins import LoginFailure, Logins, folder

    try:
        return Logins(folder(control_socket(port), state, default_state(Path("inkstand-out"))))
    except LoginFailure as error:
        _fail(str(error))


def _password() -> str:
    """Typed twice; or the first line of standard input, for scripts."""
    if sys.stdin.isatty():
        return str(click.prompt("Password", hide_input=True, confirmation_prompt="Once more"))
    return sys.stdin.readline().rstrip("\n")


def _try(action: Callable[[], object]) -> Any:
    from board.logins import LoginFailure

    try:
        return action()
    except LoginFailure as error:
        _fail(str(error))


_ROLES = click.Choice(["owner", "operator", "administrator"])


@user.command(name="add")
@click.argument("name")
@click.option("--role", type=_ROLES, default="owner", show_default=True, help="What he may do: see 'inkstand user -h'.")
@_where
def add_user(name: str, role: str, port: int, state: Path | None) -> None:
    """Let NAME in; the password is asked for, or read from standard input."""
    logins = _logins(port, state)
    _try(lambda: logins.add(name, role, _password()))
    click.echo(f"{name} may log in as {role}.")


@user.command(name="remove")
@click.argument("name")
@_where
def remove_user(name: str, port: int, state: Path | None) -> None:
    """Let NAME in no more."""
    logins = _logins(port, state)
    _try(lambda: logins.remove(name))


@user.command(name="list")
@_where
def list_users(port: int, state: Path | None) -> None:
    """Show who may log in."""
    logins = _logins(port, state)
    click.echo(_try(logins.list))


@user.command(name="role")
@click.argument("name")
@click.argument("role", type=_ROLES)
@_where
def change_role(name: str, role: str, port: int, state: Path | None) -> None:
    """Give NAME another role."""
    logins = _logins(port, state)
    _try(lambda: logins.change(name, role=role))


@user.command(name="password")
@click.argument("name")
@_where
def change_password(name: str, port: int, state: Path | None) -> None:
    """Give NAME another password."""
    logins = _logins(port, state)
    _try(lambda: logins.known(name))
    _try(lambda: logins.change(name, password=_password()))


@click.group()
def certificate() -> None:
    """The certificate by which the printer is known over TLS."""


def _certificates(port: int, state: Path | None) -> Any:
    from board.logins import Certificates, LoginFailure, folder

    socket = control_socket(port)
    try:
        return Certificates(folder(socket, state, default_state(Path("inkstand-out"))), socket, state is None)
    except LoginFailure as error:
        _fail(str(error))


@certificate.command(name="show")
@click.option("--pem", is_flag=True, help="As PEM, for clients that shall trust it: 'inkstand print --cafile'.")
@_where
def show_certificate(pem: bool, port: int, state: Path | None) -> None:
    """Tell its names, its end and its fingerprint."""
    certificates = _certificates(port, state)
    click.echo(_try(certificates.pem if pem else certificates.show))


@certificate.command(name="install")
@click.argument("chain", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="CERTIFICATE")
@click.argument("key", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_where
def install_certificate(chain: Path, key: Path, port: int, state: Path | None) -> None:
    """Use your own: PEM files of the certificate with its chain, and of its key."""
    certificates = _certificates(port, state)
    _try(lambda: certificates.install(chain, key))
    click.echo(_try(certificates.show))


@certificate.command(name="self-signed")
@_where
def self_signed_certificate(port: int, state: Path | None) -> None:
    """Go back to a new one of the printer's own making."""
    _try(_certificates(port, state).self_signed)


def _fail(message: str) -> NoReturn:
    click.echo(f"inkstand: {message}", err=True)
    sys.exit(1)
