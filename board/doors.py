"""What stands between a network and the printer, put together of what the board file says."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from board.config import Board
from board.parts.identity_files import FolderIdentity
from board.parts.identity_memory import MemoryIdentity
from firmware.core.access import Policy
from firmware.core.errors import StartError
from firmware.net.auth import Authenticator
from firmware.net.gate import Gate
from firmware.net.names import Names, service_host
from firmware.net.tls import Files, Tls
from firmware.net.users import Users
from firmware.ports import IdentityStore

OWNERS, PRINTERS = "installed by its owner", "made by the printer"
"""Whose a certificate is, in words."""


@dataclass(frozen=True, slots=True)
class Doors:
    """Who may come in, and how."""

    names: Names
    tls: Tls | None
    users: Users
    authenticator: Authenticator
    gate: Gate

    def look(self) -> None:
        """Another certificate may be there."""
        if self.tls is not None:
            self.tls.refresh()

    def certificate(self) -> dict[str, str]:
        """The one in use as PEM, and whose it is; ``file`` is where the board says that it lies. Empty without TLS."""
        if self.tls is None:
            return {}
        file = str(self.tls.files.certificate.absolute()) if self.tls.files is not None else ""
        kind = f"named by the board: {file}" if file else OWNERS if self.tls.is_own() else PRINTERS
        return {"pem": self.tls.pem.decode(), "kind": kind, "file": file}

    def close(self) -> None:
        self.users.close()
        if self.tls is not None:
            self.tls.close()


def policy(board: Board) -> Policy:
    """What the board says of access; StartError for what can't go together."""
    if board.access.printing == "users" and board.network.tls == "off":
        raise StartError('[access] printing = "users" needs TLS for the passwords: set [network] tls to "offered"')
    if bool(board.network.certificate) != bool(board.network.key):
        raise StartError("[network] certificate and key go together: give both")
    return Policy(board.access.operators, board.access.printing, board.network.tls)


def identity_folder(board: Board, state: Path) -> Path | None:
    """Where keys and password hashes lie; None when they are in memory."""
    if board.identity.part == "memory":
        return None
    return Path(board.identity.folder) if board.identity.folder else state / "identity"


def identity(board: Board, state: Path) -> IdentityStore:
    """The part that keeps keys and password hashes."""
    folder = identity_folder(board, state)
    return FolderIdentity(folder) if folder is not None else MemoryIdentity()


def doors(board: Board, state: Path, system_uuid: str) -> Doors:
    """Everything; the certificate is there when this returns. StartError, OSError."""
    allowed = policy(board)
    store = identity(board, state)
    names = Names(service_host(system_uuid), board.network.names)
    tls = None
    if allowed.tls != "off":
        network = board.network
        files = Files(Path(network.certificate), Path(network.key)) if network.certificate else None
        tls = Tls(store, names, files)
        tls.start()
    users = Users(store)
    authenticator = Authenticator(allowed, users, board.printer.name)
    return Doors(names, tls, users, authenticator, Gate(allowed, names, authenticator, tls))
