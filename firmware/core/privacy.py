"""Who may see what is private of an object (IPP Privacy Attributes): one answer for replies, events and pages."""

from __future__ import annotations

from firmware.core.access import Role, owns
from firmware.core.call import Context
from firmware.core.printer import Printer

SCOPES = ("all", "default", "none", "owner")


def may_see(printer: Printer, kind: str, owner: str, context: Context, proven: bool = False) -> bool:
    """May the caller see private attributes of a job, document or subscription (``kind``) of ``owner``, who
    proved his name when he made it (``proven``)?

    xxx-privacy-scope says who may: everybody, nobody, the owner, or by default the owner and operators.
    """
    setting = printer.setting(f"{kind}-privacy-scope")
    scope = "default" if setting is None else str(setting.value)
    if scope in ("all", "none"):
        return scope == "all"
    mine = bool(owner) and owns(context.caller, context.user, owner, proven)
    return mine or (scope == "default" and context.caller.role >= Role.OPERATOR)
