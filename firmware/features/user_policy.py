"""Policies for users – PWG 5100.11 (Get-User-Printer-Attributes, print-policy): who may print what.

The board says what its users are bound to. Get-User-Printer-Attributes tells each of them his own printer; what a job
asks beyond that is replaced, or refused where it insisted.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from firmware.core.call import Call
from firmware.core.catalog import as_values
from firmware.core.describe import Wanted, to_attribute
from firmware.core.documents import insist_on_format
from firmware.core.feature import Feature
from firmware.core.printer import Printer
from firmware.ipp import Attribute, AttributeGroup, Collection, GroupTag, Operation, RangeOfInteger, Status

user_policy = Feature("user_policy", requires=["query", "job_template"])

_GRAY = ("monochrome", "auto-monochrome", "bi-level", "process-monochrome", "process-bi-level")
_BOTH = ("two-sided-long-edge", "two-sided-short-edge")


@dataclass(frozen=True)
class Policy:
    """What these users are bound to; ``*`` is everybody whom no other policy names."""

    users: tuple[str, ...]
    color: bool = True
    both_sides: bool = False
    max_copies: int = 0
    """0 is as many as the printer can."""


@user_policy.part(Printer)
@dataclass
class Policies:
    """The board says them when the printer is built."""

    rules: tuple[Policy, ...] = ()

    def of(self, user: str) -> Policy | None:
        named = [rule for rule in self.rules if user in rule.users]
        others = [rule for rule in self.rules if "*" in rule.users]
        return next(iter(named + others), None)


user_policy.profile(
    "PWG 5100.11 print policy",
    keyword="print-policy",
    operations=(Operation.GET_USER_PRINTER_ATTRIBUTES,),
    applies=lambda printer: bool(printer[Policies].rules),
)


@dataclass(frozen=True)
class Limit:
    """What is left of one Job Template attribute: its values, the first of them the default."""

    supported: tuple[Any, ...]
    default: Any

    def allows(self, value: Any) -> bool:
        return any(
            entry.lower <= value <= entry.upper if isinstance(entry, RangeOfInteger) else entry == value
            for entry in self.supported
        )


def limits(printer: Printer, user: str) -> dict[str, Limit]:
    """By name, the Job Template attributes of which a user has not all."""
    policy = printer[Policies].of(user)
    found: dict[str, Limit] = {}
    if policy is None:
        return found
    if not policy.color:
        _keep(found, printer, "print-color-mode", _GRAY)
    if policy.both_sides:
        _keep(found, printer, "sides", _BOTH)
    if policy.max_copies:
        most = min(policy.max_copies, printer.model.copies)
        found["copies"] = Limit((RangeOfInteger(1, most),), 1)
    return found


def _keep(found: dict[str, Limit], printer: Printer, name: str, values: Iterable[str]) -> None:
    """Of a template's values, those that are among ``values``; a printer that has none of them is not limited."""
    supported = as_values(printer.catalog.templates[name].supported(printer))
    left = tuple(value for value in values if value in supported)
    if left:
        setting = printer.setting(f"{name}-default")
        default = str(setting.value) if setting is not None else ""
        found[name] = Limit(left, default if default in left else left[0])


@user_policy.operation(
    Operation.GET_USER_PRINTER_ATTRIBUTES, Printer, attributes=("requested-attributes", "document-format")
)
def get_user_printer_attributes(call: Call) -> None:
    """Get-Printer-Attributes, as far as this user may use it."""
    insist_on_format(call)
    names = [str(name) for name in call.values("requested-attributes")] or ["all"]
    told = call.engine.describe.printer(call.printer, call.context, Wanted(names))
    mine = _own_values(call.printer, call.user)
    call.reply.group(GroupTag.PRINTER, [mine.get(attribute.name, attribute) for attribute in told])


def _own_values(printer: Printer, user: str) -> dict[str, Attribute]:
    found: dict[str, Attribute] = {}
    for name, limit in limits(printer, user).items():
        for suffix, values in (("supported", limit.supported), ("default", limit.default)):
            definition = printer.catalog.printer_attributes.get(f"{name}-{suffix}")
            if definition is not None:
                attribute = to_attribute(definition.name, definition.syntax, values)
                assert attribute is not None
                found[definition.name] = attribute
    policy = printer[Policies].of(user)
    if policy is not None and not policy.color:
        found["color-supported"] = Attribute("color-supported", False)
    return found


@user_policy.check
def within_policy(call: Call) -> None:
    """What a job or document asks beyond its user's policy: as the policy has it, or refused if it insisted."""
    definition = call.engine.catalog.operations[call.operation]
    if definition.group is not GroupTag.JOB and not definition.takes_document:
        return
    bound = limits(call.printer, call.user)
    if not bound:
        return
    ignored = [entry for group in call.request.groups for entry in _bind(call.printer, group, bound)]
    names = {attribute.name for attribute in ignored}
    must = {str(name) for name in call.values("job-mandatory-attributes")}
    fidelity: bool = call.value("ipp-attribute-fidelity", False)
    if ignored and (fidelity or names & must):
        message = f"{call.user} may not have {', '.join(sorted(names))} like that"
        raise call.refuse(Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED, message, ignored)
    call.reply.ignore(ignored)
    if definition.creates_job:
        _add_defaults(call, bound)


def _bind(printer: Printer, group: AttributeGroup, bound: dict[str, Limit]) -> list[Attribute]:
    """Put a group within the limits; what it asked beyond them."""
    if group.tag not in (GroupTag.JOB, GroupTag.DOCUMENT):
        return []
    beyond: list[Attribute] = []
    kept: list[Any] = []
    for attribute in list(group):
        if attribute.name == "overrides":
            good = [value for value in attribute.values if not _overrides(value, bound)]
            bad = [value for value in attribute.values if value not in good]
            kept += [Attribute("overrides", *good)] if good else []
            beyond += [Attribute("overrides", *bad)] if bad else []
        elif attribute.name in bound and not all(map(bound[attribute.name].allows, attribute.values)):
            beyond.append(attribute)
            kept.append(_default(printer, attribute.name, bound))
        else:
            kept.append(attribute)
    group.attributes = kept
    return beyond


def _default(printer: Printer, name: str, bound: dict[str, Limit]) -> Attribute:
    attribute = to_attribute(name, printer.catalog.templates[name].syntax, bound[name].default)
    assert attribute is not None
    return attribute


def _add_defaults(call: Call, bound: dict[str, Limit]) -> None:
    """What the job leaves open is not left to the printer's defaults, which may lie beyond the policy."""
    group = call.request.group(GroupTag.JOB)
    if group is None:
        group = AttributeGroup(GroupTag.JOB)
        call.request.groups.append(group)
    named = set(group.names())
    group.attributes += [_default(call.printer, name, bound) for name in bound if name not in named]


def _overrides(value: Any, bound: dict[str, Limit]) -> bool:
    """Does a page override ask for what is out of bounds?"""
    if not isinstance(value, Collection):
        return False
    return any(
        member.name in bound and not all(map(bound[member.name].allows, member.values)) for member in value.members
    )
