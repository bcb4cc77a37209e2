"""Is this request sound? The checks of RFC 8011 section 4.1, in their order, before any handler is called."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from firmware.core.catalog import Catalog, allows
from firmware.core.document import Document
from firmware.core.errors import IppError
from firmware.core.feature import OperationDef, Template
from firmware.core.job import Job
from firmware.core.printer import Printer, System
from firmware.ipp import (
    UNSUPPORTED,
    Attribute,
    AttributeGroup,
    Charset,
    Collection,
    GroupTag,
    Message,
    NaturalLanguage,
    Operation,
    Status,
    registry,
)
from firmware.ipp.syntax import Fault, Problem, parse
from firmware.ipp.values import Value

_FRAME = ("attributes-charset", "attributes-natural-language")
_LANGUAGE = re.compile(r"[0-9A-Za-z]+(-[0-9A-Za-z]+)*")
"""A language tag (RFC 5646 section 2.1), near enough."""
MAX_LANGUAGE = 63
_TARGETS = ("printer-uri", "job-uri", "job-id", "system-uri", "requesting-user-name", "document-number")


def version(request: Message, supported: list[tuple[int, int]]) -> None:
    """IppError for a foreign major version; a minor one is no reason to refuse (RFC 8011 section 4.1.8)."""
    if not any(version[0] == request.version[0] for version in supported):
        numbers = ".".join(map(str, request.version))
        known = ", ".join(".".join(map(str, version)) for version in supported)
        message = f"IPP/{numbers} is not spoken here, only {known}"
        raise IppError(Status.SERVER_ERROR_VERSION_NOT_SUPPORTED, message)


def nearest(request: Message, supported: list[tuple[int, int]]) -> tuple[int, int]:
    """The version to answer in: the highest that is not above the request's, else the lowest there is."""
    same = [version for version in supported if version[0] == request.version[0]]
    candidates = same or supported
    return max((version for version in candidates if version <= request.version), default=min(candidates))


def frame(request: Message) -> None:
    """request-id, groups, charset and language."""
    if not 1 <= request.request_id <= 2**31 - 1:
        raise _bad(f"request-id {request.request_id} is not in 1:2147483647")
    if not request.groups or request.groups[0].tag != GroupTag.OPERATION:
        raise _bad("the first group is not the operation attributes")
    if len(request.all_groups(GroupTag.OPERATION)) > 1:
        raise _bad("two groups of operation attributes")
    for group in request.groups:
        names = group.names()
        if not all(map(str.isascii, names)):
            raise _bad("an attribute's name is not US-ASCII")
        if len(set(names)) != len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise _bad(f"{twice} stands twice in one group")
    _charset_and_language(request.groups[0])


def _charset_and_language(group: AttributeGroup) -> None:
    if tuple(group.names()[:2]) != _FRAME:
        raise _bad("attributes-charset and attributes-natural-language must come first, in this order")
    charset, language = (group.get(name) for name in _FRAME)
    assert charset is not None
    assert language is not None
    if len(charset.values) != 1 or not isinstance(charset.value, Charset):
        raise _bad("attributes-charset is no charset")
    if len(language.values) != 1 or not isinstance(language.value, NaturalLanguage):
        raise _bad("attributes-natural-language is no naturalLanguage")
    if not _LANGUAGE.fullmatch(language.value) or len(language.value) > MAX_LANGUAGE:
        raise _bad(f"attributes-natural-language is no language tag of at most {MAX_LANGUAGE} octets")
    if charset.value.lower() != "utf-8":
        message = f"charset {str(charset.value)!r} is not supported, only utf-8"
        raise IppError(Status.CLIENT_ERROR_CHARSET_NOT_SUPPORTED, message, [charset])


def operation(request: Message, catalog: Catalog) -> OperationDef:
    """The operation that is asked for."""
    try:
        return catalog.operations[Operation(request.code)]
    except (ValueError, KeyError):
        try:
            label = Operation(request.code).label
        except ValueError:
            label = f"0x{request.code:04x}"
        raise IppError(Status.SERVER_ERROR_OPERATION_NOT_SUPPORTED, f"{label} is not supported") from None


def target(request: Message, definition: OperationDef, system: System) -> tuple[Printer, Job | None]:
    """The printer, and the job for an operation on jobs or documents."""
    if definition.target is Printer:
        return _printer(_target_uri(request, "printer-uri"), system), None
    if definition.target not in (Job, Document):
        raise TypeError(f"no way to find a {definition.target.__name__}")
    if request.get("job-uri") is not None:
        return _job_at(_target_uri(request, "job-uri"), system)
    printer = _printer(_target_uri(request, "printer-uri"), system)
    job_id = request.get("job-id")
    if job_id is None:
        raise _bad("neither job-uri nor printer-uri with job-id")
    _require(parse("integer(1:MAX)").problem(job_id))
    assert isinstance(job_id.value, int)
    return printer, _job(printer, job_id.value)


def document(request: Message, job: Job) -> Document:
    """The document of the job for an operation on documents (PWG 5100.5)."""
    number = request.get("document-number")
    if number is None:
        raise _bad("document-number is missing")
    _require(parse("integer(1:MAX)").problem(number))
    found = job.documents.get(number.value) if isinstance(number.value, int) else None
    if found is None:
        raise IppError(Status.CLIENT_ERROR_NOT_FOUND, f"job {job.id} has no such document")
    return found


def _target_uri(request: Message, name: str) -> str:
    attribute = request.get(name)
    if attribute is None:
        raise _bad(f"{name} is missing")
    _require(parse("uri").problem(attribute))
    uri = str(attribute.value)
    try:
        parts = urlsplit(uri)
        _ = parts.port
    except ValueError:
        raise _bad(f"{name} {uri!r} is no URI") from None
    if parts.scheme not in ("ipp", "ipps", "http", "https"):
        message = f"{name} of scheme {parts.scheme!r}"
        raise IppError(Status.CLIENT_ERROR_URI_SCHEME_NOT_SUPPORTED, message, [attribute])
    return parts.path


def _printer(path: str, system: System) -> Printer:
    printer = system.at_path(path)
    if printer is None:
        raise IppError(Status.CLIENT_ERROR_NOT_FOUND, f"there is no printer at {path!r}")
    return printer


def _job_at(path: str, system: System) -> tuple[Printer, Job]:
    parent, _, number = path.rpartition("/")
    printer = _printer(parent, system)
    if not number.isascii() or not number.isdigit() or len(number) > 10:
        raise IppError(Status.CLIENT_ERROR_NOT_FOUND, f"there is no job at {path!r}")
    return printer, _job(printer, int(number))


def _job(printer: Printer, number: int) -> Job:
    job = printer.jobs.get(number)
    if job is None:
        raise IppError(Status.CLIENT_ERROR_NOT_FOUND, f"there is no job {number}")
    return job


def operation_attributes(request: Message, definition: OperationDef) -> list[Attribute]:
    """Check the syntax of what the operation knows; give back what it does not, for the unsupported group."""
    unknown = []
    for attribute in request.groups[0]:
        if attribute.name in _FRAME:
            continue
        syntax = definition.attributes.get(attribute.name)
        if syntax is None and attribute.name in _TARGETS:
            syntax = registry.syntax(attribute.name, registry.OPERATION)
        if syntax is None:
            unknown.append(Attribute(attribute.name, UNSUPPORTED))
        else:
            _require(syntax.problem(attribute))
    return unknown


def groups(request: Message, definition: OperationDef) -> None:
    """Object attributes only where the operation takes them; empty groups do no harm."""
    allowed = {GroupTag.OPERATION, definition.group}
    if definition.creates_job:
        allowed.add(GroupTag.SUBSCRIPTION)
    if definition.takes_document:
        allowed |= {GroupTag.DOCUMENT, GroupTag.JOB}  # there are clients that mean the document by a job group
    for group in request.groups:
        if group.attributes and group.tag not in allowed and group.tag in (GroupTag.JOB, GroupTag.PRINTER):
            raise _bad(f"a group 0x{group.tag:02x} does not belong to {definition.code.label}")


class TemplateCheck:
    """Job Template attributes of a client, sorted: what is accepted, and what goes to the unsupported group.
    ``templates`` are those that may be there; the catalog's if it is not said."""

    def __init__(
        self,
        printer: Printer,
        attributes: Iterable[Attribute],
        templates: Mapping[str, Template] | None = None,
    ) -> None:
        self._templates = printer.catalog.templates if templates is None else templates
        self.accepted: list[Attribute] = []
        self.unsupported: list[Attribute] = []
        given = tuple(attributes)
        names = {attribute.name for attribute in given}
        for name in names:
            template = printer.catalog.templates.get(name)
            if template is not None and template.twin in names:
                raise _bad(" and ".join(sorted((name, template.twin))) + " exclude each other")
        for attribute in given:
            self._sort(printer, attribute)

    def _sort(self, printer: Printer, attribute: Attribute) -> None:
        template = self._templates.get(attribute.name)
        if template is None or not template.offered(printer):
            self.unsupported.append(Attribute(attribute.name, UNSUPPORTED))
            return
        problem = template.syntax.problem(attribute)
        if problem is not None:
            if problem.fault is Fault.TOO_LONG:
                _require(problem)
            self.unsupported.append(attribute)  # RFC 8011 section 4.1.7: unsupported syntaxes as they came
            return
        if template.coherent is not None and not template.coherent(attribute.values):
            self.unsupported.append(attribute)
            return
        good, bad = _divide(template, printer, attribute.values)
        if bad:
            self.unsupported.append(Attribute(attribute.name, *bad))
        if good:
            self.accepted.append(Attribute(attribute.name, *good))

    def insist(self, fidelity: bool, mandatory: Iterable[str] = ()) -> None:
        """Refuse when something unsupported had to be honoured (RFC 8011 section 4.2.1.2; PWG 5100.7)."""
        must = frozenset(mandatory)
        if self.unsupported and (fidelity or any(attribute.name in must for attribute in self.unsupported)):
            names = ", ".join(attribute.name for attribute in self.unsupported)
            message = f"can't honour {names}"
            raise IppError(Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED, message, self.unsupported)


def _divide(template: Template, printer: Printer, values: Iterable[Value]) -> tuple[list[Value], list[Value]]:
    """Values that can be honoured, and values or parts of collections that can't."""
    good: list[Value] = []
    bad: list[Value] = []
    for value in values:
        if template.part is not None and isinstance(value, Collection):
            able, unable = template.part(printer, value)
            good += [able] if able is not None else []
            bad += [unable] if unable is not None else []
        elif allows(template, printer, value):
            good.append(value)
        else:
            bad.append(value)
    return good, bad


def changes(group: AttributeGroup, settable: Mapping[str, object], known: Mapping[str, object]) -> None:
    """Set-*-Attributes: every name must be known and settable, or nothing is set (RFC 3380 section 4)."""
    from firmware.ipp import NOT_SETTABLE

    unknown = [Attribute(name, UNSUPPORTED) for name in group.names() if name not in known]
    if unknown:
        message = f"{', '.join(attribute.name for attribute in unknown)}: not supported"
        raise IppError(Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED, message, unknown)
    fixed = [Attribute(name, NOT_SETTABLE) for name in group.names() if name not in settable]
    if fixed:
        message = f"{', '.join(attribute.name for attribute in fixed)}: not settable"
        raise IppError(Status.CLIENT_ERROR_ATTRIBUTES_NOT_SETTABLE, message, fixed)


def _require(problem: Problem | None) -> None:
    if problem is None:
        return
    if problem.fault is Fault.TOO_LONG:
        raise IppError(Status.CLIENT_ERROR_REQUEST_VALUE_TOO_LONG, problem.message)
    raise _bad(problem.message)


def _bad(message: str) -> IppError:
    return IppError(Status.CLIENT_ERROR_BAD_REQUEST, message)
