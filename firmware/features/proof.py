"""Proof copies – PWG 5100.11: print some, let their owner look at them, then print what he asked for.

After its proof a job is processing-stopped for approval: Release-Job or Resume-Job prints it, Cancel-Job ends it.
Whether proof-copies count among copies is left open by what is known of the spec: here they come in addition.
"""

from __future__ import annotations

from firmware.core.feature import Feature
from firmware.core.printer import Printer
from firmware.ipp import Operation, RangeOfInteger

proof = Feature("proof", requires=["submission"])


def copies(printer: Printer) -> RangeOfInteger:
    return RangeOfInteger(1, printer.model.copies)


proof.template("proof-copies", supported=copies)
proof.profile(
    "PWG 5100.11 proof and suspend",
    keyword="proof-and-suspend",
    operations=(Operation.RELEASE_JOB, Operation.CANCEL_JOB),
    printer_attributes=("proof-copies-supported",),
    job_attributes=("proof-copies",),
)
