"""``python -m board.image TARGET``: make an image."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import click

from board.config import ConfigError, names


def default_cache() -> Path:
    """Where packages are kept between builds."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "inkstand" / "image"


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("target", required=False)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default="build/image", show_default=True,
              help="Folder for the image.")  # fmt: skip
@click.option("--cache", type=click.Path(file_okay=False, path_type=Path), default=default_cache,
              show_default="~/.cache/inkstand/image",
              help="Folder of packages: the same cache gives the same octets.")  # fmt: skip
@click.option("--board", default="", help="Your own board file, in place of the target's.")
@click.option("--model", default="", help="The printer it is, by name or as a .toml file, in place of the board's.")
@click.option("--development", is_flag=True, help="Let whoever is at the serial console in. Its page says so.")
@click.option("--refresh", is_flag=True, help="Ask Debian's archive for newer packages.")
@click.option("--mirror", default="", help="Debian mirror.  [default: deb.debian.org]")
@click.option("--compress/--no-compress", default=True, help="Also as .img.xz, which flashing tools read.")
@click.option("--lock", is_flag=True, help="Write the lock of Python packages anew, and no image.")
def main(
    target: str | None, out: Path, cache: Path, board: str, model: str, development: bool, refresh: bool, mirror: str,
    compress: bool, lock: bool,
) -> None:  # fmt: skip
    """Make an image of a printer: write it to a card, put it into the board, plug it in.

    \b
    python -m board.image pi-zero-2w
    python -m board.image pi-4 --model my.toml --board my-board.toml
    python -m board.image virt --development
    """
    from board.image import wheels
    from board.image.build import Options, build
    from board.image.debian import MIRROR, Cache
    from board.image.recipe import TARGETS, load_target
    from board.image.tools import ImageError

    started = time.monotonic()

    def say(stage: str) -> None:
        click.echo(f"{time.monotonic() - started:5.0f} s  {stage}")

    try:
        if lock:
            click.echo(f"{len(wheels.lock(Cache(cache)))} packages in {wheels.LOCK}")
            return
        if target is None:
            raise ConfigError(f"which board? There are: {', '.join(names(TARGETS))}")
        name, recipe = load_target(target)
        options = Options(
            out.absolute(), cache.absolute(), board, model, development, refresh, compress, mirror or MIRROR
        )  # fmt: skip
        built = build(name, recipe, options, say)
    except (ConfigError, ImageError) as error:
        click.echo(f"inkstand image: {error}", err=True)
        sys.exit(1)
    say("done")
    shown = built.compressed or built.card
    click.echo(f"{shown}  {shown.stat().st_size / 1e6:.0f} MB")
    click.echo(f"write it to a card with Raspberry Pi Imager, Etcher, or:  xzcat {shown} | sudo dd of=/dev/sdX bs=4M")


if __name__ == "__main__":
    main()
