"""The front panel: the printer as it stands there."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from firmware.ipp import Collection
from firmware.net.web.site import Site, Visit


class PanelView:
    name, title, path = "panel", "Panel", "/"

    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/", self.show), web.get("/printers/{printer:\\d{1,9}}", self.show)]

    async def show(self, request: web.Request) -> web.Response:
        visit = self._site.visit(request)
        return visit.page("panel.html", lambda: self._values(visit), view=self.name)

    def _values(self, visit: Visit) -> dict[str, Any]:
        printer = visit.printer
        about = [
            ("Printer URI", visit.context.printer_uri(printer)),
            ("UUID", printer.uuid),
            ("Sheets printed", printer.sheets_completed),
            ("Sides printed", printer.impressions_completed),
            ("Formats", ", ".join(printer.model.formats)),
        ]
        return {
            "trays": trays(visit),
            "location": visit.text("printer-location"),
            "reasons": sorted(printer.reasons),
            "supplies": supplies(visit),
            "about": about,
        }


def trays(visit: Visit) -> list[tuple[str, str, str]]:
    """(media-source, media-size-name, media-type) of each tray as media-col-ready has it, nothing of an empty one."""
    loaded: dict[str, tuple[str, str]] = {}
    for found in visit.said("media-col-ready"):
        if isinstance(found, Collection):
            source, size, kind = (_word(found, f"media-{name}") for name in ("source", "size-name", "type"))
            loaded[source] = size, kind
    return [(tray.source, *loaded.get(tray.source, ("", ""))) for tray in visit.printer.model.media.trays]


def _word(collection: Collection, name: str) -> str:
    member = collection.get(name)
    return "" if member is None else str(member.value)


def supplies(visit: Visit) -> list[dict[str, Any]]:
    """What printer-supply and printer-supply-description say."""
    names = [str(name) for name in visit.said("printer-supply-description")]
    found = []
    for name, value in zip(names, visit.said("printer-supply"), strict=False):
        assert isinstance(value, bytes)
        keys = dict(part.partition("=")[::2] for part in value.decode().split(";") if part)
        found.append({"name": name, "level": int(keys["level"]), "color": keys["colorantname"]})
    return found
