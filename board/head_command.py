"""The ``inkstand head`` commands."""

from __future__ import annotations

import sys

import click

from board import options
from board.places import control_socket


@click.group()
def head() -> None:
    """Look at the print head of the running printer, and try it.

    \b
    inkstand run --board thermal-sim
    inkstand head test            dots, alignment, grey wedge
    inkstand head watch           temperature and timing while it prints
    inkstand head set cover-open=true
    inkstand head set cover-open=
    """


@head.command()
@click.argument("patterns", nargs=-1, type=click.Choice(["dots", "align", "wedge"]))
@options.port
def test(patterns: tuple[str, ...], port: int) -> None:
    """Print test pages: single dots, an alignment page with rulers, a grey wedge."""
    from board.ask import AskFailure
    from board.head_tests import print_patterns
    from board.printing import PrintFailure

    try:
        done = print_patterns(patterns, control_socket(port))
    except (AskFailure, PrintFailure) as error:
        _fail(error)
    sys.exit(0 if done else 1)


@head.command()
@click.option("--every", type=click.FloatRange(0.05), default=0.5, show_default=True, help="Seconds between looks.")
@click.option("--count", type=click.IntRange(0), default=0, help="Stop after so many looks.  [default: never]")
@options.port
def watch(every: float, count: int, port: int) -> None:
    """Show temperature, supply, current and line time, again and again."""
    from board.ask import AskFailure
    from board.head_tests import watch as looks

    try:
        for number, line in enumerate(looks(control_socket(port), every), 1):
            click.echo(f"\r\x1b[K{line}" if sys.stdout.isatty() else line, nl=not sys.stdout.isatty())
            if number == count:
                break
    except AskFailure as error:
        _fail(error)
    except KeyboardInterrupt:
        click.echo()


@head.command("set")
@click.argument("pairs", nargs=-1, metavar="[NAME=VALUE]...")
@options.port
def set_faults(pairs: tuple[str, ...], port: int) -> None:
    """Make something wrong with a simulated head; NAME= puts it right. Without arguments: show how it is.

    \b
    cover-open=true   paper-left=120 (lines)   thermistor=open|shorted   celsius=85
    volts=6.1         spi=true                 dead=12,13                worn=40:1.5,41:1.5
    shorted=7         slip=50 (steps)          skew=0.5 (lines)
    """
    from board.ask import AskFailure
    from board.head_tests import change

    try:
        click.echo("\n".join(change(control_socket(port), pairs)))
    except AskFailure as error:
        _fail(error)


def _fail(error: Exception) -> None:
    click.echo(f"inkstand: {error}", err=True)
    sys.exit(1)
