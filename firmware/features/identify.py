"""Identify-Printer – PWG 5100.13: which of the printers in this room is it?"""

from __future__ import annotations

from dataclasses import dataclass

from firmware.core.call import Call
from firmware.core.events import Identify
from firmware.core.feature import Feature
from firmware.core.printer import Printer
from firmware.ipp import Attribute, Operation, Status

identify = Feature("identify")


@identify.part(Printer)
@dataclass
class Panel:
    """What the printer's panel can do; the board says it when it plugs the panel in."""

    actions: tuple[str, ...] = ("display",)


identify.attribute("identify-actions-supported", Printer, read=lambda printer: list(printer[Panel].actions))
identify.attribute("identify-actions-default", Printer, read=lambda printer: [printer[Panel].actions[0]])


@identify.operation(Operation.IDENTIFY_PRINTER, Printer, attributes=("identify-actions", "message"))
def identify_printer(call: Call) -> None:
    able = call.printer[Panel].actions
    wished = [str(action) for action in call.values("identify-actions")] or [able[0]]
    unable = call.attribute("identify-actions")
    if unable is not None and not any(action in able for action in wished):
        message = f"can't {' or '.join(wished)}, only {', '.join(able)}"
        raise call.refuse(Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED, message, [unable])
    if unable is not None:
        rest = [value for value in unable.values if value not in able]
        call.reply.ignore([Attribute("identify-actions", *rest)] if rest else [])
    actions = tuple(action for action in wished if action in able)
    call.order(Identify(call.printer.id, actions, call.text("message")))
