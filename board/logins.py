"""``inkstand user`` and ``inkstand certificate``: what lies in the identity store, shown and changed.

The printer need not run. If it does, a changed password file counts within a second, and it is told of a certificate.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from board.ask import AskFailure, ask
from board.doors import OWNERS, PRINTERS
from board.parts.identity_files import FolderIdentity
from firmware.core.access import Role
from firmware.net.tls import OWN, SELF_SIGNED
from firmware.net.users import FILE, ROLES, User, UserError, check_name, hash_password, parse, written


class LoginFailure(Exception):
    """It can't be done: one line, with what to do."""


def folder(socket: Path, state: Path | None, default: Path) -> Path:
    """The identity folder of the printer that runs at this control socket, or of the one that would."""
    if state is not None:
        return state / "identity"
    try:
        told = ask(socket, "/control/status").get("identity")
    except AskFailure:
        told = str(default / "identity") if default.is_dir() else None
    if told is None:
        raise LoginFailure(
            f"no printer runs on port {socket.stem}, and {default} is no state folder: name one with --state"
        )
    if not told:
        raise LoginFailure('that printer keeps its identity in memory: set [identity] part to "files" in its board')
    return Path(told)


class Logins:
    """The password file of one printer."""

    def __init__(self, place: Path) -> None:
        self._store = FolderIdentity(place)

    def list(self) -> str:
        users = self._load()
        if not users:
            return "Nobody yet: inkstand user add NAME --role administrator"
        width = max(len(name) for name in users)
        return "\n".join(f"{name.ljust(width)}  {user.role_name}" for name, user in sorted(users.items()))

    def add(self, name: str, role: str, password: str) -> None:
        users = self._load()
        name = _said(check_name, name)
        if name in users:
            raise LoginFailure(f"{name} is there already: change his password or role instead")
        self._save({**users, name: User(name, ROLES[role], _said(hash_password, password))})

    def remove(self, name: str) -> None:
        users = self._load()
        self._known(users, name)
        self._keep_one(users, name)
        self._save({other: user for other, user in users.items() if other != name})

    def change(self, name: str, role: str | None = None, password: str | None = None) -> None:
        """Another role, or another password."""
        users = self._load()
        user = self._known(users, name)
        if role is not None and ROLES[role] < Role.ADMINISTRATOR:
            self._keep_one(users, name)
        hashed = user.hashed if password is None else _said(hash_password, password)
        self._save({**users, name: User(name, user.role if role is None else ROLES[role], hashed)})

    def known(self, name: str) -> None:
        """LoginFailure when there is nobody of that name."""
        self._known(self._load(), name)

    def _load(self) -> dict[str, User]:
        try:
            return parse(self._store.load(FILE) or b"")
        except OSError as error:
            raise LoginFailure(f"the password file can't be read: {error}") from error

    def _save(self, users: dict[str, User]) -> None:
        try:
            self._store.save(FILE, written(users))
        except OSError as error:
            raise LoginFailure(f"the password file can't be written: {error}") from error

    def _known(self, users: dict[str, User], name: str) -> User:
        if name not in users:
            raise LoginFailure(f"there is no user {name!r}: 'inkstand user list' shows them")
        return users[name]

    def _keep_one(self, users: dict[str, User], name: str) -> None:
        """Somebody must be left who can let others in."""
        others = [user for user in users.values() if user.role is Role.ADMINISTRATOR and user.name != name]
        if users[name].role is Role.ADMINISTRATOR and not others and len(users) > 1:
            raise LoginFailure(f"{name} is the last administrator: make somebody else one first")


class Certificates:
    """The certificates of one printer; ``running`` when it is the one that runs at this control socket, if any."""

    def __init__(self, place: Path, socket: Path, running: bool) -> None:
        self._store = FolderIdentity(place)
        self._socket = socket
        self._running = running

    def show(self) -> str:
        """The one in use, in words."""
        from firmware.net.certificate import CertificateError, described, now, read

        kind, pem = self._found()
        try:
            rows = described(read(pem), now())
        except CertificateError as error:
            raise LoginFailure(str(error)) from None
        return "\n".join(f"{name:<9} {value}" for name, value in [("kind", kind), *rows])

    def pem(self) -> str:
        """The one in use and its chain, for those who shall trust it; without its key."""
        _, pem = self._found()
        return pem[pem.find(b"-----BEGIN CERTIFICATE") :].decode().strip()

    def _found(self) -> tuple[str, bytes]:
        told = self._told()
        if told:
            return told["kind"], told["pem"].encode()
        try:
            own = self._store.load(OWN)
            pem = own or self._store.load(SELF_SIGNED)
        except OSError as error:
            raise LoginFailure(f"the certificate can't be read: {error}") from error
        if pem is None:
            raise LoginFailure("there is no certificate yet: the printer makes one when it is first run with TLS")
        return OWNERS if own else PRINTERS, pem

    def _told(self) -> dict[str, str]:
        """What the printer says that it uses; nothing when it does not run, or not with TLS."""
        with suppress(AskFailure):
            return ask(self._socket, "/control/certificate") if self._running else {}
        return {}

    def _ours(self) -> None:
        """The certificate is for us to change, unless the board names another."""
        file = self._told().get("file")
        if file:
            raise LoginFailure(f"the board file names {file}, and that one counts: change it there, under [network]")

    def install(self, certificate: Path, key: Path) -> None:
        from firmware.net.certificate import CertificateError, own

        self._ours()
        try:
            self._store.save(OWN, own(certificate.read_bytes(), key.read_bytes()))
        except (CertificateError, OSError) as error:
            raise LoginFailure(str(error)) from None
        self._tell()

    def self_signed(self) -> None:
        """Back to the printer's own, which it makes anew."""
        self._ours()
        self._store.remove(OWN)
        self._store.remove(SELF_SIGNED)
        self._tell()

    def _tell(self) -> None:
        with suppress(AskFailure):  # if it does not run, it will see at its start
            ask(self._socket, "/control/certificate", {})


def _said(make: object, text: str) -> str:
    try:
        return str(make(text))  # type: ignore[operator]
    except UserError as error:
        raise LoginFailure(str(error)) from None
