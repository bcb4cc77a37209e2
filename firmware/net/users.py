"""People with passwords: a file of names, roles and argon2id hashes in the identity store, and guesses kept slow.

Each line of the file is ``name:role:hash``, where the role is owner, operator or administrator.
"""

from __future__ import annotations

import asyncio
import logging
import time
import unicodedata
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from firmware.core.access import Role
from firmware.ports import IdentityStore
from firmware.runtime.locksmith import check_secret, hash_secret

log = logging.getLogger("inkstand.users")

FILE = "users"
ROLES = {"owner": Role.OWNER, "operator": Role.OPERATOR, "administrator": Role.ADMINISTRATOR}
SHORTEST = 8
LONGEST = 512
"""Octets of a password that are looked at."""
REMEMBERED = 1.0
"""Seconds for which the file is not read again."""
WAITING = 16
"""Passwords that may wait to be checked: one takes some tens of milliseconds and 19 MiB."""


class UserError(ValueError):
    """It can't be done: one line, with what to do."""


@dataclass(frozen=True, slots=True)
class User:
    name: str
    role: Role
    hashed: str

    @property
    def role_name(self) -> str:
        return next(name for name, role in ROLES.items() if role is self.role)


def parse(text: bytes) -> dict[str, User]:
    """The users of a file; a line that is none is left out, and logged without its contents."""
    found = {}
    for number, line in enumerate(text.decode("utf-8", "replace").splitlines(), 1):
        name, _, rest = line.strip().partition(":")
        role, _, hashed = rest.partition(":")
        if name and role in ROLES and hashed:
            found[name] = User(name, ROLES[role], hashed)
        elif line.strip() and not line.startswith("#"):
            log.warning("a line of the password file is no user", extra={"line": number})
    return found


def written(users: dict[str, User]) -> bytes:
    """The file of these users."""
    return "".join(f"{user.name}:{user.role_name}:{user.hashed}\n" for user in users.values()).encode()


def normal(text: str) -> str:
    """Names and passwords are the same however a keyboard composes them (RFC 8265 section 3.3, 4.2)."""
    return unicodedata.normalize("NFC", text)


def check_name(name: str) -> str:
    """A name that a user may have; UserError."""
    name = normal(name)
    good = name == name.strip() and name.isprintable() and 0 < len(name.encode()) <= 127 and name[0] != "#"
    if not good or ":" in name:
        raise UserError(f"{name!r} is no user name: at most 127 octets, without a colon")
    return name


def hash_password(password: str) -> str:
    """For the file; UserError when it is too short or too long."""
    password = normal(password)
    if len(password) < SHORTEST:
        raise UserError(f"the password is too short: take at least {SHORTEST} characters")
    if len(password.encode()) > LONGEST:
        raise UserError(f"the password is too long: take at most {LONGEST} octets")
    return hash_secret(password.encode())


class TooManyGuesses(Exception):
    """Not looked at. ``wait``: seconds after which to try again."""

    def __init__(self, wait: float) -> None:
        super().__init__("too many guesses")
        self.wait = wait


class Throttle:
    """Counts failures by key, and makes each key wait: twice as long each time. Old keys make room for new ones."""

    def __init__(self, free: int, longest: float, most: int = 1024) -> None:
        self._free = free
        self._longest = longest
        self._most = most
        self._entries: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def wait(self, key: str, now: float) -> float:
        """Seconds that this key has to wait still."""
        return max(0.0, self._entries.get(key, (0, 0.0))[1] - now)

    def failed(self, key: str, now: float) -> None:
        failures = self._entries.pop(key, (0, 0.0))[0] + 1
        delay = min(self._longest, 2.0 ** min(failures - self._free, 30)) if failures >= self._free else 0.0
        self._entries[key] = (failures, now + delay)
        while len(self._entries) > self._most:
            self._entries.popitem(last=False)

    def succeeded(self, key: str) -> None:
        self._entries.pop(key, None)

    def __len__(self) -> int:
        return len(self._entries)


class Users:
    """Who may log in."""

    def __init__(self, store: IdentityStore) -> None:
        self._store = store
        self._text = b""
        self._users: dict[str, User] = {}
        self._asked = float("-inf")
        self._bench = ThreadPoolExecutor(1, thread_name_prefix="passwords")
        self._waiting = 0
        self._addresses = Throttle(free=5, longest=60.0)
        self._names = Throttle(free=20, longest=10.0)
        """Gentler than by address: strangers must not be able to keep the owner out for long."""
        self._nobody = ""

    def close(self) -> None:
        self._bench.shutdown(wait=False, cancel_futures=True)

    def all(self) -> dict[str, User]:
        """The users of this moment, by name."""
        if time.monotonic() - self._asked > REMEMBERED:
            self._asked = time.monotonic()
            try:
                text = self._store.load(FILE) or b""
            except OSError as error:
                log.error("the password file can't be read", extra={"error": str(error)})
                text = b""
            if text != self._text:
                self._text, self._users = text, parse(text)
        return self._users

    async def check(self, name: str, password: str, address: str) -> User | None:
        """The user with this name and password, asked from this address; None when there is none, TooManyGuesses
        when that was not even looked at."""
        now = time.monotonic()
        name = normal(name)
        wait = max(self._addresses.wait(address, now), self._names.wait(name, now))
        if wait or self._waiting >= WAITING:
            raise TooManyGuesses(wait or 1.0)
        self._addresses.failed(address, now)  # until it proves right: many guesses at once gain nothing
        self._names.failed(name, now)
        user = self.all().get(name)
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            good = await loop.run_in_executor(self._bench, self._matches, user, normal(password)[: LONGEST + 1])
        finally:
            self._waiting -= 1
        if user is None or not good:
            log.warning("login refused", extra={"user": name, "peer": address})
            return None
        self._addresses.succeeded(address)
        self._names.succeeded(name)
        return user

    def _matches(self, user: User | None, password: str) -> bool:
        if user is not None:
            return check_secret(user.hashed, password.encode("utf-8", "replace"))
        self._nobody = self._nobody or hash_password("nobody's password")
        check_secret(self._nobody, b"")  # as long as for a name that there is
        return False
