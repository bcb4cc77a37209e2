"""Who may do what. ``net.auth`` settles who the caller is; what he may do is decided here and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Literal, NamedTuple


class Link(StrEnum):
    """How a caller reached the printer. A USB cable is its own trust class, never "localhost"."""

    USB = "usb"
    LOCAL = "local"
    TLS = "tls"
    PLAIN = "plain"


class Role(IntEnum):
    """Each role may do what those before it may."""

    ANYONE = 0
    OWNER = 1
    """He proved his name: jobs that he sent so are his alone."""
    OPERATOR = 2
    ADMINISTRATOR = 3


class Access(IntEnum):
    """What an operation asks of its caller."""

    ANYONE = 0
    OWNER = 1
    """The job's owner or an operator."""
    OPERATOR = 2
    ADMINISTRATOR = 3
    READER = 4
    """OWNER; or anybody, where the job is stored for the public (PWG 5100.11)."""


_HERE = frozenset({"127.0.0.1", "::1", "::ffff:127.0.0.1"})


class Trust(NamedTuple):
    """What a link is worth."""

    role: Role
    """Of a caller who proved nothing."""
    passwords: bool
    """They may be sent here: nobody listens."""
    challenge: int
    """The HTTP status that has clients come back with a password; 0 where nobody is ever asked."""


TRUST: dict[Link, Trust] = {
    # Who has the cable has the printer; a printer without a network is set up over it.
    Link.USB: Trust(Role.OPERATOR, passwords=True, challenge=401),
    # The control socket is open to the user alone whose printer it is.
    Link.LOCAL: Trust(Role.ADMINISTRATOR, passwords=False, challenge=0),
    Link.TLS: Trust(Role.ANYONE, passwords=True, challenge=401),
    # First to TLS (RFC 2817), there to the password.
    Link.PLAIN: Trust(Role.ANYONE, passwords=False, challenge=426),
}

Operators = Literal["this-machine", "everyone", "nobody"]
OPERATORS: tuple[Operators, ...] = ("this-machine", "everyone", "nobody")
"""Who on the network is an operator without a password: callers on the printer's own machine, everybody (a laboratory
behind closed doors), or nobody."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What the board's owner decided."""

    operators: Operators = "this-machine"
    printing: Literal["everyone", "users"] = "everyone"
    """Who on the network may print: everybody, or who has a password."""
    tls: Literal["off", "offered", "required"] = "off"

    def role(self, link: Link, here: bool, proven: Role = Role.ANYONE) -> Role:
        """The role of a caller by ``link``, from this machine (``here``), who proved to have the role ``proven``."""
        trusted = self.operators == "everyone" or (self.operators == "this-machine" and here)
        return max(TRUST[link].role, Role.OPERATOR if trusted else Role.ANYONE, proven)


OPEN = Policy()
"""What is so unless a board says otherwise."""


class Door(NamedTuple):
    """One of the parallel values of printer-uri-supported, uri-security-supported and uri-authentication-supported
    (RFC 8011 sections 5.4.1 to 5.4.3)."""

    scheme: str
    security: str
    authentication: str


def doors(policy: Policy, link: Link) -> list[Door]:
    """The ways to print for a caller by this link. Only the network has TLS: a cable is its own."""
    plain = Door("ipp", "none", "requesting-user-name")
    if link in (Link.USB, Link.LOCAL):
        return [plain]
    open_to_all = policy.printing == "everyone"
    in_the_clear = policy.tls == "offered" or (policy.tls == "off" and link is Link.PLAIN)
    found = [plain] if in_the_clear and open_to_all else []
    if policy.tls != "off" or link is Link.TLS:
        found.append(Door("ipps", "tls", "requesting-user-name" if open_to_all else "basic"))
    return found


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks. ``user`` is the authenticated name; None when nobody proved who he is, then the
    requesting-user-name counts, as RFC 8011 section 9.3 has it."""

    link: Link
    role: Role = Role.ANYONE
    user: str | None = None
    peer: str = ""
    """The address of the caller's machine, where there is one."""
    logins: bool = False
    """There are passwords, and a way to send one: it makes sense to ask."""

    @property
    def confidential(self) -> bool:
        """Can nobody listen to what he says?"""
        return self.link is not Link.PLAIN or self.peer in _HERE

    @property
    def challenge(self) -> int:
        """The HTTP status to refuse him with, so that his client asks him for a password; 0: that is of no use."""
        return TRUST[self.link].challenge if self.logins and self.user is None else 0


def permitted(access: Access, caller: Caller, user: str, owner: str | None, proven: bool = False) -> bool:
    """May ``user``, called so by ``caller``, do what asks for ``access`` to an object of ``owner``, who
    proved his name when he made it (``proven``) or only gave it?"""
    if access is Access.ANYONE:
        return True
    if access in (Access.OWNER, Access.READER):
        return caller.role >= Role.OPERATOR or owns(caller, user, owner, proven)
    return caller.role >= (Role.OPERATOR if access is Access.OPERATOR else Role.ADMINISTRATOR)


def owns(caller: Caller, user: str, owner: str | None, proven: bool) -> bool:
    """Is ``user`` the owner? Who proved his name when he made it has to prove it again: a claim will not do."""
    return owner is not None and user == owner and (caller.user is not None or not proven)


def may_print(policy: Policy, caller: Caller) -> bool:
    """May he send jobs? The cable and the control socket always may."""
    return policy.printing == "everyone" or caller.user is not None or caller.link in (Link.USB, Link.LOCAL)
