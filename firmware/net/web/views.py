"""The navigation: one line for each view, in this order."""

from __future__ import annotations

from collections.abc import Callable

from firmware.net.web.panel import PanelView
from firmware.net.web.queue import QueueView
from firmware.net.web.sheets import SheetsView
from firmware.net.web.site import Site, View

VIEWS: tuple[Callable[[Site], View], ...] = (PanelView, QueueView, SheetsView)
