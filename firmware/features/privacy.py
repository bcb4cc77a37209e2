"""Privacy – IPP Privacy Attributes v1.0: what others see of jobs and documents.

xxx-privacy-attributes say what is private, xxx-privacy-scope who may see it. Views leave the rest out of every reply,
event and page. Who may act on a job is another matter (``core.access``).
"""

from __future__ import annotations

from typing import Any

from firmware.core.call import Context
from firmware.core.document import Document
from firmware.core.feature import Feature
from firmware.core.job import Job
from firmware.core.printer import Printer
from firmware.core.privacy import SCOPES, may_see

privacy = Feature("privacy", requires=["query"])

OPEN: dict[str, frozenset[str]] = {
    "job": frozenset({"job-id", "job-uri", "job-printer-uri", "job-printer-up-time", "job-state", "job-state-reasons"}),
    "document": frozenset(
        {"document-number", "document-job-id", "document-job-uri", "document-printer-uri", "document-state"}
        | {"document-state-reasons", "printer-up-time"}
    ),
}
"""Never private: without these, clients could not follow the queue, nor owners find their own."""

PERSONAL: dict[str, frozenset[str]] = {
    "job": frozenset(
        {"job-name", "job-originating-user-name", "job-originating-user-uri", "job-originating-host-name"}
        | {"job-account-id", "job-accounting-user-id", "job-account-type", "job-phone-number", "job-recipient-name"}
        | {"job-message-to-operator", "job-message-from-operator", "job-sheet-message", "document-metadata"}
        | {"client-info", "job-storage", "document-name", "document-name-supplied", "document-overrides"}
    ),
    "document": frozenset({"document-name", "document-message", "document-uri", "document-metadata"}),
}
"""What ``default`` means: what tells of people, and what their documents are about."""


def _groups(kind: str) -> tuple[str, ...]:
    return ("all", "default", f"{kind}-description", f"{kind}-template", "none")


def _known(printer: Printer, kind: str) -> list[str]:
    attributes = printer.catalog.job_attributes if kind == "job" else printer.catalog.document_attributes
    return [*_groups(kind), *sorted(attributes)]


def private(printer: Printer, kind: str) -> frozenset[str]:
    """The names that are private of a job or document, by what was set or else by default."""
    setting = printer.setting(f"{kind}-privacy-attributes")
    said = frozenset({"default"} if setting is None else map(str, setting.values))
    catalog = printer.catalog
    names = frozenset(catalog.job_attributes if kind == "job" else catalog.document_attributes)
    templates = frozenset(catalog.templates)
    found = said & names
    found |= PERSONAL[kind] if "default" in said else frozenset()
    found |= names if "all" in said else frozenset()
    found |= names - templates if f"{kind}-description" in said else frozenset()
    found |= names & templates if f"{kind}-template" in said else frozenset()
    return found - OPEN[kind]


def _declare(kind: str) -> None:
    privacy.attribute(
        f"{kind}-privacy-attributes",
        Printer,
        read=lambda printer: ["default"],
        settable=True,
        allows=lambda printer, value: value in _known(printer, kind),
        choices=lambda printer: _known(printer, kind),
    )
    privacy.attribute(
        f"{kind}-privacy-scope",
        Printer,
        read=lambda printer: "default",
        settable=True,
        allows=lambda printer, value: value in SCOPES,
        choices=lambda printer: list(SCOPES),
    )


for _kind in OPEN:
    _declare(_kind)
# A subscription is shown to its owner and to operators, and to nobody else at all (``features.notifications``).
privacy.attribute("subscription-privacy-attributes", Printer, read=lambda printer: ["all"])
privacy.attribute("subscription-privacy-scope", Printer, read=lambda printer: "default")
privacy.attribute("printer-privacy-policy-uri", Printer, tell=lambda printer, context: context.web_uri("/privacy"))


def _visible(kind: str, job: Job, names: frozenset[str], context: Context) -> frozenset[str]:
    assert context.system is not None
    printer = context.system.printers[job.printer_id]
    if job.public or may_see(printer, kind, job.user, context, job.user_proven):
        return names
    return names - private(printer, kind)


@privacy.view(Job)
def of_job(job: Any, names: frozenset[str], context: Context) -> frozenset[str]:
    return _visible("job", job, names, context)


@privacy.view(Document)
def of_document(document: Any, names: frozenset[str], context: Context) -> frozenset[str]:
    assert context.system is not None
    job = context.system.printers[document.printer_id].jobs[document.job_id]
    return _visible("document", job, names, context)
