"""The ``inkstand`` command."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

import click

from board import options
from board.head_command import head
from board.login_command import certificate, user
from board.places import control_socket
from board.wireless import wifi

_EPILOG = "Every error is one line that says what to do. More: README.md."


@click.group(epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="inkstand")
def main() -> None:
    """Inkstand: an open printer. Run one, print to it, see what it does.

    \b
    inkstand run                  start the desk printer
    inkstand print FILE           print to it
    inkstand jobs                 what it printed
    """


@main.command()
@click.option("--board", "board_name", default="desk", show_default=True, help="A board by name, or its .toml file.")
@click.option("--with", "over", multiple=True, type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
              help="Settings over the board's: a TOML file with some of its keys. A file that is not there says"
              " nothing; later ones count more.")  # fmt: skip
@click.option("--port", type=click.IntRange(0, 65535), help="TCP port for IPP and the page; 0 takes a free one.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default="inkstand-out", show_default=True,
              help="Folder for finished sheets.")  # fmt: skip
@click.option("--state", type=click.Path(file_okay=False, path_type=Path),
              help="Folder for jobs and settings.  [default: OUT/.state]")  # fmt: skip
@click.option("--name", help="The printer's name, in place of the board's.")
@click.option("--model", help="A model by name, or its .toml file, in place of the board's.")
@click.option("--bind", help="Address to listen on, in place of every one.")
@click.option("--discovery/--no-discovery", default=None, help="Announce it on the network by DNS-SD.")
@click.option("--pace", type=click.Choice(["none", "model"]), help="Take the time that the model would take.")
@click.option("--keep-documents/--drop-documents", default=None, help="Keep what was sent beside the sheets.")
@click.option("--operators", type=click.Choice(["this-machine", "everyone", "nobody"]),
              help="Who may change settings and other people's jobs without a password.")  # fmt: skip
@click.option("--profile", help="Misbehave as a real printer does: 'inkstand profiles' lists them.")
@click.option("--udc", help="USB device controller for the gadget board, as in /sys/class/udc.")
@click.option("--usbip-port", type=click.IntRange(0, 65535), help="TCP port for USB/IP on the lab board.")
@click.option("--usbip-bind", help="Address for USB/IP, in place of loopback: whoever reaches it has the cable.")
@click.option("--wifi", type=click.Choice(["none", "simulated", "networkmanager", "wpa_supplicant"]),
              help="The radio: who runs it, in place of the board's.")  # fmt: skip
@click.option("--wifi-interface", help="The radio's network interface, such as wlan0.  [default: the only one]")
@click.option("--trace", type=click.Path(dir_okay=False, path_type=Path), help="Append every IPP exchange to a file.")
@click.option(
    "--log-level", type=click.Choice(["debug", "info", "warning", "error"]), default="info", show_default=True
)
@click.option("--log-format", type=click.Choice(["text", "json"]), default="text", show_default=True)
def run(**options: Any) -> None:
    """Start a printer and keep it running until interrupted.

    \b
    inkstand run
    inkstand run --port 9000 --out /tmp/pages --pace model
    inkstand run --model office-mono --name "Third floor"
    inkstand run --board lab --profile hp-404
    inkstand run --board gadget --udc fe980000.usb
    """
    from board.run import Failure, run_board

    try:
        asyncio.run(run_board(options))
    except Failure as error:
        _fail(str(error))


@main.command("print")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("-o", "options", multiple=True, metavar="NAME=VALUE",
              help="A job template attribute; several values by comma, members of a collection in braces.")  # fmt: skip
@click.option("-p", "--printer", help="Printer URI such as ipp://host:8631/ipp/print, or ipps:// for TLS."
              "  [default: the one running here]")  # fmt: skip
@click.option("--cafile", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="Over TLS trust these: PEM of authorities, or of the printer's own certificate.")  # fmt: skip
@click.option("--insecure", is_flag=True, help="Over TLS trust whoever answers.")
@options.port
@click.option("--title", help="job-name.  [default: the first file's name]")
@click.option("--format", "media_type", help="document-format.  [default: the printer finds out]")
@click.option("--pin", help="Print it when this PIN is typed at the printer, not before.")
@click.option("--wait/--no-wait", default=True, help="Wait until it is printed.")
def print_job(
    files: tuple[Path, ...], options: tuple[str, ...], printer: str | None, port: int, title: str | None,
    media_type: str | None, pin: str | None, wait: bool, cafile: Path | None, insecure: bool,
) -> None:  # fmt: skip
    """Print files as one job.

    \b
    inkstand print report.pdf -o sides=two-sided-long-edge -o copies=2
    inkstand print photo.jpg -o media=na_index-4x6_4x6in -o print-color-mode=monochrome
    inkstand print report.pdf -o page-ranges=1-3,5-5
    inkstand print report.pdf --pin 4711
    inkstand print report.pdf -p ipps://printer.local:8631/ipp/print --cafile printer.pem
    """
    from board.client import Trust
    from board.printing import PrintFailure, print_files

    trust = Trust(cafile, insecure)
    control = control_socket(port)
    try:
        done = print_files(list(files), list(options), printer, control, title, media_type, wait, pin, trust)
    except PrintFailure as error:
        _fail(str(error))
    sys.exit(0 if done else 1)


@main.command()
@options.port
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.option("--all", "everything", is_flag=True, help="All that it remembers, not the newest 20.")
def jobs(port: int, as_json: bool, everything: bool) -> None:
    """List the running printer's jobs, those that wait first."""
    from board.ask import AskFailure, ask, show_jobs

    try:
        click.echo(show_jobs(ask(control_socket(port), "/control/jobs"), as_json, everything))
    except AskFailure as error:
        _fail(str(error))


@main.command()
@options.port
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def status(port: int, as_json: bool) -> None:
    """Tell how the running printer fares."""
    from board.ask import AskFailure, ask, show_status

    try:
        click.echo(show_status(ask(control_socket(port), "/control/status"), as_json))
    except AskFailure as error:
        _fail(str(error))


@main.command()
@click.argument("job", type=int, required=False)
@click.option("--pin", help="The job's PIN; without it, it is asked for and not shown.")
@options.port
def release(job: int | None, pin: str | None, port: int) -> None:
    """Stand at the printer: release a job that waits for a PIN, a button or its owner.

    \b
    inkstand release              show what waits, and ask which
    inkstand release 7            press the button, or type the PIN, for job 7
    inkstand release 7 --pin 4711
    """
    from board.releasing import ReleaseFailure, release_job

    try:
        click.echo(release_job(control_socket(port), job, pin))
    except ReleaseFailure as error:
        _fail(str(error))


@main.command()
@options.port
@click.option("--json", "form", flag_value="json", help="As lines of JSON.")
@click.option("--csv", "form", flag_value="csv", help="As CSV.")
def accounting(port: int, form: str | None) -> None:
    """List every job that ended: whose it was, who pays, what it used."""
    from board.ask import AskFailure
    from board.bookkeeping import show_accounts

    try:
        click.echo(show_accounts(control_socket(port), form))
    except AskFailure as error:
        _fail(str(error))


@main.command()
@click.argument("source", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="IN")
@click.argument("destination", type=click.Path(dir_okay=False, path_type=Path), metavar="OUT")
@click.option("--type", "kind", help="Pixels to write, such as srgb_8, sgray_8, black_1, cmyk_8.")
@click.option("--resolution", type=click.IntRange(10, 2400), default=300, show_default=True,
              help="Dots per inch for documents that have none of their own.")  # fmt: skip
def convert(source: Path, destination: Path, kind: str | None, resolution: int) -> None:
    """Convert between PWG, Apple and CUPS raster, PDF, PNG, JPEG and text: OUT ends in .pwg, .urf, .pdf or .png.

    \b
    inkstand convert page.pdf page.pwg --resolution 600 --type sgray_8
    inkstand convert job.urf job.pdf
    """
    from board.converting import ConvertFailure, convert_file

    try:
        count = convert_file(source, destination, kind, resolution)
    except ConvertFailure as error:
        _fail(str(error))
    click.echo(f"{count} page{'s' if count != 1 else ''} in {destination}")


@main.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--map/--no-map", "with_map", default=True, help="Show where on the page the runs are short.")
def inspect(file: Path, with_map: bool) -> None:
    """Show every header field of a raster file in words, and a page map of run lengths."""
    from board.converting import ConvertFailure, inspect_file

    try:
        for line in inspect_file(file, with_map):
            click.echo(line)
    except ConvertFailure as error:
        _fail(str(error))


@main.command()
@click.option("--faults", is_flag=True, help="The named faults and their parameters, not the printers that have them.")
def profiles(faults: bool) -> None:
    """List the fault profiles: real printers that misbehave, and what hosts do about it."""
    from board.misbehave import list_faults, list_profiles

    click.echo(list_faults() if faults else list_profiles())


main.add_command(wifi)
main.add_command(user)
main.add_command(certificate)


@main.group()
def ctl() -> None:
    """Switch things in the running printer.

    \b
    inkstand ctl fault http-status status=503
    inkstand ctl fault ipp-status
    inkstand ctl clear http-status
    inkstand ctl faults
    inkstand ctl trays
    inkstand ctl load main iso_a5_148x210mm --sheets 20
    inkstand ctl load main
    inkstand ctl staples
    """


@ctl.command()
@click.argument("tray")
@click.argument("size", default="")
@click.option("--type", "kind", default="", help="media-type.  [default: as before]")
@click.option("--sheets", type=click.IntRange(min=0), help="How many; then it runs empty.  [default: without end]")
@options.port
def load(tray: str, size: str, kind: str, sheets: int | None, port: int) -> None:
    """Load an input tray with media of a PWG size name; without SIZE, take everything out of it.

    A job that waits for this media goes on.
    """
    _trays(port, {"tray": tray, "size": size, "type": kind, "sheets": sheets})


@ctl.command()
@options.port
def trays(port: int) -> None:
    """Show what the input trays hold."""
    _trays(port, None)


@ctl.command()
@options.port
def staples(port: int) -> None:
    """Put a full staple cartridge into the finisher.

    Jobs that wait for staples go on.
    """
    from board.ask import AskFailure, ask

    try:
        answer = ask(control_socket(port), "/control/parts/staples", {"load": True})
    except AskFailure as error:
        _fail(str(error))
    click.echo(f"staples  {answer['full']} of {answer['full']}")


def _trays(port: int, request: dict[str, Any] | None) -> None:
    from board.ask import AskFailure, ask, show_trays

    try:
        click.echo(show_trays(ask(control_socket(port), "/control/parts/trays", request)))
    except AskFailure as error:
        _fail(str(error))


@ctl.command()
@click.argument("name")
@click.argument("parameters", nargs=-1, metavar="[KEY=VALUE]...")
@options.port
def fault(name: str, parameters: tuple[str, ...], port: int) -> None:
    """Switch a fault on, or change its parameters."""
    _switch(port, {"fault": name, "on": True}, parameters)


@ctl.command()
@click.argument("name", required=False)
@options.port
def clear(name: str | None, port: int) -> None:
    """Switch a fault off; without NAME, all of them."""
    _switch(port, {"fault": name, "on": False}, ())


@ctl.command(name="faults")
@options.port
def active_faults(port: int) -> None:
    """Show the faults that are on."""
    _switch(port, None, ())


def _switch(port: int, request: dict[str, Any] | None, parameters: tuple[str, ...]) -> None:
    from board.ask import AskFailure
    from board.misbehave import switch

    try:
        click.echo(switch(control_socket(port), request, parameters))
    except AskFailure as error:
        _fail(str(error))


main.add_command(head)


@main.command()
@click.option("--all", "everything", is_flag=True, help="Also printers without IPP-USB.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def probe(everything: bool, as_json: bool) -> None:
    """Look at the USB printers on this machine's bus: what they say, and what is out of order."""
    from board.probing import ProbeFailure, probe_bus

    try:
        good = probe_bus(everything, as_json)
    except ProbeFailure as error:
        _fail(str(error))
    sys.exit(0 if good else 1)


@main.command()
@click.argument("board", required=False, default="")
def check(board: str) -> None:
    """Say what is compiled, which parts are real, what is missing and how to get it.

    With BOARD, a name or the path of a file: what this machine lacks for that one, such as device files and rights.
    """
    from board.check import report

    lines, good = report(board)
    click.echo("\n".join(lines))
    sys.exit(0 if good else 1)


@main.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the script that completes this command in a shell.

    \b
    eval "$(inkstand completion bash)"
    """
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    assert kind is not None
    click.echo(kind(main, {}, "inkstand", "_INKSTAND_COMPLETE").source())


def _fail(message: str) -> None:
    click.echo(f"inkstand: {message}", err=True)
    sys.exit(1)


if __name__ == "__main__":
    main()
