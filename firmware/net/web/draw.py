"""Draw the printer's icons anew: ``python -m firmware.net.web.draw``."""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageDraw

TARGET = Path(__file__).with_name("static")
SCALE = 1024
INK, GLASS, PAPER, LINE = (25, 42, 86), (120, 160, 205), (250, 248, 240), (30, 30, 40)


def draw() -> Image.Image:
    """An inkstand with a quill, 1024 pixels square."""
    image = Image.new("RGBA", (SCALE, SCALE), (0, 0, 0, 0))
    pen = ImageDraw.Draw(image)
    pen.rounded_rectangle((40, 40, 984, 984), 190, fill=PAPER, outline=LINE, width=26)
    pen.polygon([(470, 560), (560, 610), (880, 130), (700, 190)], fill=(214, 92, 60), outline=LINE)
    pen.line([(500, 600), (860, 150)], fill=LINE, width=20)
    pen.rounded_rectangle((240, 560, 700, 880), 70, fill=GLASS, outline=LINE, width=24)
    pen.rounded_rectangle((276, 680, 664, 846), 44, fill=INK)
    pen.rounded_rectangle((330, 500, 610, 580), 30, fill=GLASS, outline=LINE, width=24)
    return image


def main() -> None:
    for size in (48, 128, 512):
        draw().resize((size, size), Image.Resampling.LANCZOS).save(TARGET / f"icon-{size}.png", optimize=True)


if __name__ == "__main__":
    main()
