"""Templates to HTML. Whatever a template shows is escaped; what it does not know is an error, not an empty space."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from firmware.core.media import short_name
from firmware.ipp.values import DateTime
from firmware.net.web.words import Words

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).with_name("templates")
MOST_FIELDS = 200
"""Fields of a form."""


def page(template: str, values: Mapping[str, Any], words: Words) -> str:
    """A template with these values, in this language."""
    return _environment().get_template(template).render({**values, "_": words, "words": words})


def fields(body: bytes) -> dict[str, str]:
    """The fields of a form as a browser sends it; of two with one name the last. ValueError when they are too many."""
    text = body.decode("utf-8", "replace")
    return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_FIELDS))


def printable(value: Any) -> Any:
    """Control characters, which HTML does not allow, show as what they are: nothing readable."""
    if type(value) is not str or value.isprintable():
        return value
    return "".join(char if char.isprintable() or char in "\n\t" else "\N{REPLACEMENT CHARACTER}" for char in value)


def when(wall: float | None) -> str:
    """A moment for people."""
    return "–" if wall is None else DateTime.at(wall).moment.strftime("%Y-%m-%d %H:%M:%S UTC")


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=printable,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters |= {"media": short_name, "when": when}
    return environment
