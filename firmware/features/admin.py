"""Printer control – RFC 8011 sections 4.2.7 and 4.2.8: pause and resume."""

from __future__ import annotations

from firmware.core.access import Access
from firmware.core.call import Call
from firmware.core.feature import Feature
from firmware.core.printer import Printer
from firmware.ipp import Operation

admin = Feature("admin", requires=["query"])


@admin.operation(Operation.PAUSE_PRINTER, Printer, access=Access.OPERATOR)
def pause_printer(call: Call) -> None:
    """The job that is being printed is finished; no other is begun."""
    call.printer.paused = True


@admin.operation(Operation.RESUME_PRINTER, Printer, access=Access.OPERATOR)
def resume_printer(call: Call) -> None:
    call.printer.paused = False
