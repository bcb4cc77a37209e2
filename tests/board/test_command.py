"""The command: help for everything, completion, and errors in one line that says what to do."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner, Result

from board.main import main
from tests.house.sources import ROOT


def commands(group: click.Group = main, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    for name, command in group.commands.items():
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))


ALL = list(commands())


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine on which no printer runs."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    return tmp_path


def call(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


def test_help_lists_every_command() -> None:
    result = call("--help")
    assert result.exit_code == 0
    for path, command in ALL:
        if len(path) == 1:
            assert path[0] in result.output
            assert command.get_short_help_str(40)


@pytest.mark.parametrize(
    ("path", "command"), ALL, ids=lambda value: "-".join(value) if isinstance(value, tuple) else ""
)
def test_every_command_and_option_has_help(path: tuple[str, ...], command: click.Command) -> None:
    result = call(*path, "-h")
    assert result.exit_code == 0
    assert command.help
    for parameter in command.params:
        if isinstance(parameter, click.Option) and parameter.name not in ("log_level", "log_format"):
            assert parameter.help, f"{parameter.name} has no help"
            assert parameter.opts[0] in result.output


def test_the_version() -> None:
    result = call("--version")
    assert result.exit_code == 0 or "not installed" in str(result.exception)


@pytest.mark.parametrize(
    "arguments",
    [
        ("jobs",),
        ("status",),
        ("jobs", "--json"),
        ("ctl", "faults"),
        ("ctl", "clear"),
        ("print", "/dev/null"),
    ],
)
def test_without_a_printer_one_line_says_what_to_do(nowhere: Path, arguments: tuple[str, ...]) -> None:
    result = call(*arguments)
    assert result.exit_code == 1
    assert result.stderr.startswith("inkstand: no printer runs on port 8631 here: start one with 'inkstand run'")
    assert result.stderr.count("\n") == 1
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("print", "-p", "lpd://host/queue", "/dev/null"), "is no printer URI"),
        (("print", "-p", "ipp://localhost:9/ipp/print", "-o", "side=x", "/dev/null"), "did you mean sides"),
        (("print", "-p", "ipp://localhost:9/ipp/print", "/dev/null"), "does not answer"),
        (("run", "--board", "nowhere"), "there are: desk"),
        (("run", "--model", "nowhere", "--no-discovery"), "office-color, office-finisher"),
    ],
)
def test_mistakes_are_told_in_one_line(
    nowhere: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], says: str
) -> None:
    monkeypatch.chdir(nowhere)
    result = call(*arguments)
    assert result.exit_code == 1
    assert says in result.stderr
    assert result.stderr.startswith("inkstand: ")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [("no-such-command",), ("run", "--port", "70000"), ("print",), ("print", "/no/such/file"), ("completion", "tcsh")],
)
def test_usage(arguments: tuple[str, ...]) -> None:
    result = call(*arguments)
    assert result.exit_code == 2
    assert "Usage: " in result.stderr
    assert "Traceback" not in result.output


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(shell: str) -> None:
    result = call("completion", shell)
    assert result.exit_code == 0
    assert f"_INKSTAND_COMPLETE={shell}_complete" in result.output


@pytest.mark.parametrize(
    ("arguments", "incomplete", "found"),
    [
        ([], "", {"run", "print", "jobs", "status", "check", "completion"}),
        ([], "co", {"completion", "convert"}),
        (["run"], "--mo", {"--model"}),
        (["run", "--pace"], "", {"none", "model"}),
        (["completion"], "", {"bash", "zsh", "fish"}),
    ],
)
def test_what_is_completed(arguments: list[str], incomplete: str, found: set[str]) -> None:
    completions = ShellComplete(main, {}, "inkstand", "_INKSTAND_COMPLETE").get_completions(arguments, incomplete)
    assert found <= {item.value for item in completions}


def test_the_script_is_good_bash() -> None:
    script = call("completion", "bash").output
    subprocess.run(["bash", "-n"], input=script, text=True, check=True)


def test_help_is_quick_because_it_loads_little() -> None:
    """Neither HTTP nor discovery nor rendering is loaded to say how the command is used."""
    script = (
        "import sys; from board.main import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "print('LOADED', *{'aiohttp', 'zeroconf', 'PIL', 'pypdfium2', 'asyncio'} & set(sys.modules))"
    )
    result = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert set(result.stdout.splitlines()[-1].split()) <= {"LOADED", "asyncio"}


def test_check_says_what_a_board_lacks_on_this_machine() -> None:
    lacking = call("check", "pi-ltpd245")
    assert lacking.exit_code == 1
    assert "MISSING /dev/spidev1.0 is not there: switch SPI on" in lacking.output
    good = call("check", "desk")
    assert (good.exit_code, good.output.splitlines()[1]) == (0, "  ok      everything that it wants is here")
    unknown = call("check", "attic")
    assert (unknown.exit_code, "no board 'attic'" in unknown.output) == (1, True)


def test_check_says_what_is_here() -> None:
    result = call("check")
    for word in ("compiled", "libraries", "boards", "optional", "desk: Inkstand Office Color"):
        assert word in result.output
