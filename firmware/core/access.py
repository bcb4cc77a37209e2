"""Who may do what. ``net.auth`` settles who the caller is; what he may do is decided here and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum


class Link(StrEnum):
    """How a caller reached the printer. A USB cable is its own trust class, never "localhost"."""

    USB = "usb"
    LOCAL = "local"
    TLS = "tls"
    PLAIN = "plain"


class Role(IntEnum):
    """Each role may do what those before it may."""

    ANYONE = 0
    OPERATOR = 1
    ADMINISTRATOR = 2


class Access(IntEnum):
    """What an operation asks of its caller."""

    ANYONE = 0
    OWNER = 1
    """The job's owner or an operator."""
    OPERATOR = 2
    ADMINISTRATOR = 3


_HERE = frozenset({"127.0.0.1", "::1", "::ffff:127.0.0.1"})


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks. ``user`` is the authenticated name; None when nobody proved who he is, then the
    requesting-user-name counts, as RFC 8011 section 9.3 has it."""

    link: Link
    role: Role = Role.ANYONE
    user: str | None = None
    peer: str = ""
    """The address of the caller's machine, where there is one."""

    @property
    def confidential(self) -> bool:
        """Can nobody listen to what he says?"""
        return self.link is not Link.PLAIN or self.peer in _HERE


def permitted(access: Access, caller: Caller, user: str, owner: str | None) -> bool:
    """May ``user``, called so by ``caller``, do what asks for ``access`` to an object of ``owner``?"""
    if access is Access.ANYONE:
        return True
    if access is Access.OWNER:
        return caller.role >= Role.OPERATOR or (owner is not None and user == owner)
    return caller.role >= (Role.OPERATOR if access is Access.OPERATOR else Role.ADMINISTRATOR)
