"""The compiled modules under AddressSanitizer and UndefinedBehaviorSanitizer, guided by libFuzzer.

    python -m tests.raster.fuzz.sanitized FOLDER [--plant] [--coverage] [libFuzzer's options]

Builds all of ``raster_ext`` with clang into FOLDER (a minute), then fuzzes it from the seeds; FOLDER/corpus keeps what
was found. ``--plant`` takes out the margin that keeps the decoder's fast copies inside the input, so that a read past
the input's end must be found: a fuzzer that finds nothing has to be able to. ``--coverage`` replays the corpus on a
build that counts lines and prints which share of each module's were reached.

Debian packages: clang-14 libclang-rt-14-dev llvm-14 libpython3.11-dev (or those of the running Python).
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from tests.desk import need
from tests.raster.fuzz.seeds import seeds

ROOT = Path(__file__).parents[3]
HERE = Path(__file__).parent
CHECKS = "-fsanitize=address,undefined,fuzzer-no-link"
PLANT = ("safe = end - margin", "safe = end - 1")
PACKAGES = ("clang-14", "libclang-rt-14-dev", "llvm-14", "libpython3.11-dev")


def _run(*command: str | Path, **environment: str) -> None:
    subprocess.run(list(map(str, command)), check=True, env={**os.environ, **environment})


def build(folder: Path, flags: list[str], plant: bool = False) -> Path:
    """A copy of the package in ``folder`` with its modules compiled by clang with these flags."""
    need("clang-14", packages=PACKAGES)
    package = folder / "raster_ext"
    shutil.copytree(ROOT / "raster_ext", package, ignore=shutil.ignore_patterns("*.so", "*.c", "__pycache__"))
    if plant:
        source = package / "_packbits.pyx"
        text = source.read_text()
        assert PLANT[0] in text
        source.write_text(text.replace(*PLANT))
    include = sysconfig.get_paths()["include"]
    suffix = sysconfig.get_config_var("EXT_SUFFIX")
    compiling = []
    for source in sorted(package.glob("*.pyx")):
        _run(sys.executable, "-m", "cython", "-3", "--line-directives", source)
        command = ["clang-14", "-g", "-O1", "-fPIC", "-shared", "-DINK_PLAIN", "-w", *flags, f"-I{include}",
                   f"-I{package}", source.with_suffix(".c"), "-o", package / f"{source.stem}{suffix}"]  # fmt: skip
        compiling.append(subprocess.Popen(list(map(str, command))))
        if len(compiling) % (os.cpu_count() or 1) == 0:
            assert all(process.wait() == 0 for process in compiling)
    assert all(process.wait() == 0 for process in compiling)
    return package


def harness(folder: Path, flags: list[str]) -> Path:
    """The program that libFuzzer drives; it exports the sanitizers' functions to the modules."""
    config = sysconfig.get_config_vars()
    library = f"python{config['LDVERSION']}"
    where = [config["LIBDIR"], f"/usr/lib/{config.get('MULTIARCH', '')}"]
    _run("clang-14", "-g", "-O1", *flags, f"-I{sysconfig.get_paths()['include']}", HERE / "harness.c",
         "-o", folder / "fuzz", "-rdynamic", *(f"-L{path}" for path in where), f"-l{library}",
         *(f"-Wl,-rpath,{path}" for path in where[:1]), "-ldl", "-lm")  # fmt: skip
    return folder / "fuzz"


def environment(folder: Path) -> dict[str, str]:
    """Our copy of the package first; memory of small objects from malloc, which the sanitizer watches."""
    paths = [str(folder), str(ROOT), *(path for path in sys.path if path.endswith("site-packages"))]
    return {
        "PYTHONPATH": os.pathsep.join(paths),
        "PYTHONHOME": sys.base_prefix,
        "PYTHONMALLOC": "malloc",
        "PYTHONDONTWRITEBYTECODE": "1",
        "ASAN_OPTIONS": "detect_leaks=0:allocator_may_return_null=1",
        "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
    }


def main() -> None:
    folder, *options = sys.argv[1:]
    place = Path(folder).resolve()
    plant, coverage = "--plant" in options, "--coverage" in options
    options = [option for option in options if option.startswith("-") and not option.startswith("--")]
    corpus = place / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(seeds()):
        (corpus / f"seed-{number:03}").write_bytes(seed)
    made = place / ("coverage" if coverage else "plant" if plant else "plain")
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir()
    if coverage:
        _coverage(made, corpus)
        return
    build(made, [CHECKS, "-fno-sanitize-recover=undefined"], plant)
    program = harness(made, ["-fsanitize=address,undefined,fuzzer"])
    command = [
        str(program),
        f"-artifact_prefix={made}/",
        "-print_final_stats=1",
        "-max_len=8192",
        *options,
        str(corpus),
    ]
    sys.exit(subprocess.run(command, env={**os.environ, **environment(made)}, check=False).returncode)


def _coverage(made: Path, corpus: Path) -> None:
    package = build(made, ["-fprofile-instr-generate", "-fcoverage-mapping"])
    code = (
        "import pathlib, sys; from tests.raster.fuzz import target\n"
        "for path in sorted(pathlib.Path(sys.argv[1]).iterdir()): target.one(memoryview(path.read_bytes()))"
    )
    profile = {"LLVM_PROFILE_FILE": str(made / "%m.profraw"), "PYTHONPATH": environment(made)["PYTHONPATH"]}
    _run(sys.executable, "-P", "-c", code, corpus, **profile)
    _run("llvm-profdata-14", "merge", "-o", made / "all.profdata", *made.glob("*.profraw"))
    for module in sorted(package.glob("*.so")):
        report = subprocess.run(
            ["llvm-cov-14", "export", "-format=lcov", f"-instr-profile={made / 'all.profdata'}", module],
            capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
        name = module.name.split(".")[0]
        print(name, _lines(report, package / f"{name}.c"), flush=True)


_DIRECTIVE = re.compile(r'#line (\d+) "(.*)"')


def _origins(generated: Path) -> dict[int, int]:
    """Lines of Cython's C → lines of the source that they are made from, as the line directives say."""
    origins: dict[int, int] = {}
    line = 0
    for number, text in enumerate(generated.read_text().splitlines(), 1):
        if found := _DIRECTIVE.match(text):
            line = int(found[1]) if found[2].endswith(f"{generated.stem}.pyx") else 0
        elif line:
            origins[number] = line
    return origins


def _lines(report: str, generated: Path) -> str:
    """Lines of the source that were reached, of those that can be. llvm-cov counts by lines of the C."""
    origins = _origins(generated)
    seen: dict[int, int] = {}
    inside = False
    for line in report.splitlines():
        if line.startswith("SF:"):
            inside = line.endswith(f"/{generated.name}")
        elif inside and line.startswith("DA:"):
            number, count, *_ = map(int, line[3:].split(","))
            if number in origins:
                seen[origins[number]] = max(seen.get(origins[number], 0), count)
    reached = sum(count > 0 for count in seen.values())
    missed = [number for number, count in sorted(seen.items()) if not count]
    return f"{reached} of {len(seen)} lines, {100 * reached / max(1, len(seen)):.1f} %; not reached: {missed}"


if __name__ == "__main__":
    main()
