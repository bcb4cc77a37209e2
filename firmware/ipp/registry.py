"""Questions to the IANA registry: which syntax, which keywords, which group."""

from __future__ import annotations

from functools import cache

from firmware.ipp import iana
from firmware.ipp.syntax import Syntax, parse, with_members

OPERATION = ("Operation", "Subscription Status", "Subscription Template")
"""Operations name subscriptions by attributes that are registered as the subscription's own."""
JOB_TEMPLATE = ("Job Template",)
JOB = ("Job Description", "Job Status", "Job Template")
DOCUMENT_TEMPLATE = ("Document Template",)
DOCUMENT = ("Document Description", "Document Status", "Document Template")
PRINTER = ("Printer Description", "Printer Status")
SUBSCRIPTION = ("Subscription Template", "Subscription Status")
SYSTEM = ("System Description", "System Status")


@cache
def syntax(name: str, groups: tuple[str, ...]) -> Syntax | None:
    """The registered syntax of an attribute, with that of its members; None when there is none."""
    for group in groups:
        text = iana.ATTRIBUTES[group].get(name)
        if text:
            return _complete(name, parse(text))
    return None


@cache
def member_syntax(collection: str, member: str) -> Syntax | None:
    """The registered syntax of a member attribute."""
    text = iana.MEMBERS.get(collection, {}).get(member)
    return _complete(member, parse(text)) if text else None


def _complete(name: str, found: Syntax) -> Syntax:
    if "collection" not in found.kinds or name not in iana.MEMBERS:
        return found
    members = {member: _complete(member, parse(text)) for member, text in iana.MEMBERS[name].items() if text}
    return with_members(found, members)


def keywords(name: str) -> tuple[str, ...]:
    """The keywords registered for an attribute."""
    return iana.KEYWORDS.get(name, ())


def enum_label(name: str, value: int) -> str:
    """The registered name of an enum's value, or the number."""
    return _enums(name).get(value, str(value))


@cache
def _enums(name: str) -> dict[int, str]:
    """Enum names of an attribute; xxx-supported and the like share those of xxx."""
    for candidate in (
        name,
        *(name.removesuffix(end) for end in ("-supported", "-default", "-ready", "-actual")),
    ):
        if candidate in iana.ENUMS:
            return iana.ENUMS[candidate]
    return {}


def in_requested_group(keyword: str, name: str) -> bool:
    """Does the attribute belong to the group keyword of requested-attributes (RFC 8011 section 4.2.5.1)?"""
    return name in iana.REQUESTED_GROUPS.get(keyword, ())
