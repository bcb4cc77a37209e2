"""Who answers: CUPS and others match printers' bugs by this."""

from __future__ import annotations

from importlib.metadata import version

SERVER = f"Inkstand/{version('inkstand')} IPP/2.0"
