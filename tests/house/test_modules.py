"""No circle of imports: any module can be the first of ours that a process imports, and nothing warns."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter

import pytest

from tests.house.sources import PACKAGES, ROOT, files, module_name, tree

OPTIONAL = ("functionfs", "ioctl_opt")
"""What the extra [gadget] brings."""

SCRIPT = """
import importlib, sys
for name in sys.stdin.read().split():
    try:
        importlib.import_module(name)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in sys.argv[1:]:
            raise
"""


def modules() -> dict[str, str]:
    """Paths by module name."""
    return {module_name(path): path for path in files(*PACKAGES)}


def at_import(statements: list[ast.stmt]) -> Iterator[ast.Import | ast.ImportFrom]:
    """Import statements that run when the module is imported: not those in functions, nor those for type checkers."""
    for node in statements:
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            yield from at_import(node.orelse)
        elif isinstance(node, ast.If | ast.Try | ast.With | ast.ClassDef):
            blocks = [getattr(node, field, []) for field in ("body", "orelse", "finalbody", "handlers")]
            for block in blocks:
                inner = [each for each in block if isinstance(each, ast.stmt)]
                inner += [each for handler in block if isinstance(handler, ast.ExceptHandler) for each in handler.body]
                yield from at_import(inner)


def imported(name: str, module: ast.Module, known: set[str]) -> set[str]:
    """Modules of ours that must be whole before this one can be."""
    found: set[str] = set()
    for node in at_import(module.body):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif node.module:
            found |= {
                f"{node.module}.{alias.name}" if f"{node.module}.{alias.name}" in known else node.module
                for alias in node.names
            }
    packages = {target.rpartition(".")[0] for target in found}
    ancestors = {package for package in packages if name == package or name.startswith(f"{package}.")}
    return ((found | packages - ancestors) & known) - {name}


def graph(sources: dict[str, ast.Module]) -> dict[str, set[str]]:
    return {name: imported(name, module, set(sources)) for name, module in sources.items()}


def test_no_circle() -> None:
    compiled = [path.relative_to(ROOT).with_suffix(".py").as_posix() for path in ROOT.glob("raster_ext/*.pyx")]
    leaves = {module_name(path): ast.parse("") for path in compiled}
    found = graph({**leaves, **{name: tree(path) for name, path in modules().items()}})
    assert found["firmware.core.engine"] >= {"firmware.ipp", "firmware.core.validate"}
    TopologicalSorter(found).prepare()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("import p.b", "from p.a import x"),
        ("from p import b", "from p.a import x"),
        ("from p.b import y", "try:\n    import p.a\nexcept ImportError:\n    pass"),
    ],
)
def test_such_a_circle_would_be_found(one: str, other: str) -> None:
    with pytest.raises(CycleError):
        TopologicalSorter(graph({"p": ast.parse(""), "p.a": ast.parse(one), "p.b": ast.parse(other)})).prepare()


def test_what_is_no_circle() -> None:
    package = ast.parse("from p.a import x")
    one = ast.parse("from p import b\nif TYPE_CHECKING:\n    from p.c import z")
    other = ast.parse("def late():\n    from p.a import x")
    TopologicalSorter(graph({"p": package, "p.a": one, "p.b": other, "p.c": ast.parse("import p.a")})).prepare()


@pytest.mark.parametrize("backwards", [False, True])
def test_everything_is_imported_without_a_warning(backwards: bool) -> None:
    names = sorted((name for name in modules() if not name.endswith("__main__")), reverse=backwards)
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", SCRIPT, *OPTIONAL],
        input="\n".join(names),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
