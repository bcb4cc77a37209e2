"""What board and model files mean for the parts of the firmware that carry it out."""

from __future__ import annotations

from msgspec.structs import replace

from board.config import Board, ConfigError
from firmware.core.media import dimensions
from firmware.core.model import Model
from firmware.core.ticket import Media
from firmware.document.job import Capabilities
from firmware.features.user_policy import Policy


def with_media(model: Model, size: str) -> Model:
    """The model with other media in its first tray; ConfigError when it can't print on that."""
    if not size:
        return model
    media = model.media
    if size not in media.sizes:
        raise ConfigError(f"{model.make_and_model} can't print on {size!r}; it can on: {', '.join(media.sizes)}")
    first = replace(media.trays[0], size=size)
    return replace(model, media=replace(media, default=size, trays=(first, *media.trays[1:])))


def policies(board: Board) -> tuple[Policy, ...]:
    """What the board's users are bound to."""
    return tuple(Policy(each.users, each.color, each.both_sides, each.max_copies) for each in board.policies)


def capabilities(model: Model) -> Capabilities:
    """What the press must know of a model."""
    usual = model.media.margins[0]
    sheets = [Media(name, *dimensions(name), *(usual,) * 4, type="auto") for name in model.media.sizes]
    return Capabilities(
        resolutions=tuple((dpi, dpi) for dpi in model.resolutions),
        qualities={quality: (model.resolution_for(quality),) * 2 for quality in (3, 4, 5)},
        color=model.color,
        sheet_back=model.sheet_back,
        media=tuple(sheets),
        stapler=model.finisher.sheets if model.finisher is not None else 0,
    )
