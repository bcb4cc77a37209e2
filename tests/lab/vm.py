"""The laboratory: a small virtual machine with the kernel's USB stack, that sees this machine's own files.

    with Lab() as lab:
        print(lab.run("lsusb"))

The root file system is this machine's, read-only under an overlay: the project's tree, its virtual
environment and Debian's packages are at the same paths inside, and every write is lost with the machine. It
has no network card. Software emulation is enough; KVM is used where it works.
"""

import json
import os
import queue
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.lab.kernel import Kernel, LabError, cache, prepare

ROOT = Path(__file__).parents[2]
BOOT_TIMEOUT = 180.0
"""Seconds from the start of QEMU to the agent's greeting; it is ten to twenty on an idle machine."""
KVM_PROBE = 8.0
"""Seconds within which a kernel must come up for KVM to count as working."""

Command = str | Sequence[str]


@dataclass(frozen=True)
class Result:
    """What a program did."""

    rc: int
    out: str
    """Output and errors, as they came; one character per octet."""

    def check(self) -> "Result":
        """Itself, if the program succeeded."""
        assert self.rc == 0, f"exit status {self.rc}:\n{self.out}"
        return self


@dataclass
class Process:
    """A program that was started in the laboratory."""

    lab: "Lab"
    pid: int
    log_file: str

    def log(self) -> str:
        """What it has written so far."""
        return self.lab.run(["cat", self.log_file]).out

    def stop(self, sig: signal.Signals = signal.SIGTERM, timeout: float = 20.0) -> int:
        """End it; its exit status, negative for a signal, 124 if it had to be killed."""
        return int(self.lab.ask("stop", pid=self.pid, signal=int(sig), timeout=timeout)["rc"])


class Lab:
    """A running virtual machine; a context manager."""

    def __init__(self, memory: int = 1536, processors: int = 1, console: Path | None = None) -> None:
        """`memory` in MiB. More than one processor helps only on idle cores. `console` keeps the kernel's log."""
        self._memory, self._processors, self._console = memory, processors, console
        self._answers: dict[int, queue.Queue[dict[str, Any]]] = {0: queue.Queue()}
        self._lock = threading.Lock()
        self._next = 1
        self._socket = socket.socket(socket.AF_UNIX)
        self.accelerator = ""
        self.boot_seconds = 0.0

    def __enter__(self) -> "Lab":
        started = time.monotonic()
        kernel = prepare()
        self.accelerator = "kvm" if kvm_works(kernel) else "tcg,thread=multi"
        self._directory = tempfile.TemporaryDirectory(prefix="inkstand-lab-")
        home = Path(self._directory.name)
        self._log = self._console or home / "console"
        path = home / "agent"
        self._qemu = subprocess.Popen(
            self._command(kernel, path), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        try:
            self._connect(path)
        except BaseException:
            self.__exit__()
            raise
        self.boot_seconds = time.monotonic() - started
        return self

    def __exit__(self, *_: object) -> None:
        self._qemu.kill()
        self._qemu.communicate()
        self._socket.close()
        self._directory.cleanup()

    def _command(self, kernel: Kernel, agent: Path) -> list[str]:
        return [
            *_machine(self.accelerator, kernel, f"lab.python={sys.executable}"),
            "-smp", str(self._processors), "-m", str(self._memory),
            "-serial", f"file:{self._log}",
            "-device", "virtio-serial-pci",
            "-chardev", f"socket,id=agent,path={agent},server=on,wait=off",
            "-device", "virtserialport,chardev=agent,name=inkstand.agent",
            *_share("root", Path("/"), ",multidevs=remap"),
            *_share("kernel", kernel.layer), *_share("agent", Path(__file__).parent),
        ]  # fmt: skip

    def _connect(self, path: Path) -> None:
        deadline = time.monotonic() + BOOT_TIMEOUT
        while True:
            try:
                self._socket.connect(str(path))
                break
            except OSError:
                self._alive(deadline)
                time.sleep(0.05)
        threading.Thread(target=self._receive, daemon=True).start()
        while True:
            try:
                self._answers[0].get(timeout=1)
                return
            except queue.Empty:
                self._alive(deadline)

    def _alive(self, deadline: float) -> None:
        if self._qemu.poll() is not None:
            assert self._qemu.stderr
            raise LabError(f"QEMU ended: {self._qemu.stderr.read().decode()}\n{self.console()}")
        if time.monotonic() > deadline:
            raise LabError(f"no greeting from the laboratory in {BOOT_TIMEOUT:.0f} s\n{self.console()}")

    def console(self) -> str:
        """The end of the kernel's log."""
        text = self._log.read_text("latin-1") if self._log.exists() else ""
        return "\n".join(text.splitlines()[-40:])

    def _receive(self) -> None:
        buffer = b""
        while data := self._socket.recv(1 << 16):
            buffer += data
            *lines, buffer = buffer.split(b"\n")
            for line in lines:
                message = json.loads(line)
                with self._lock:
                    waiting = self._answers.get(message["id"])
                if waiting:
                    waiting.put(message)

    def ask(self, op: str, timeout: float = 60.0, **request: Any) -> dict[str, Any]:
        """Have the agent do something."""
        answers: queue.Queue[dict[str, Any]] = queue.Queue()
        with self._lock:
            number, self._next = self._next, self._next + 1
            self._answers[number] = answers
            self._socket.sendall(json.dumps({"id": number, "op": op, "timeout": timeout, **request}).encode() + b"\n")
        try:
            answer = answers.get(timeout=timeout + 30)
        except queue.Empty:
            raise LabError(f"the laboratory is silent\n{self.console()}") from None
        finally:
            with self._lock:
                del self._answers[number]
        if "error" in answer:
            raise LabError(answer["error"])
        return answer

    def run(
        self, command: Command, timeout: float = 60.0, env: Mapping[str, str] | None = None, data: bytes = b""
    ) -> Result:
        """Run a program to its end, a shell line if `command` is a string; status 124 if it took too long."""
        answer = self.ask(
            "run", timeout, argv=_argv(command), cwd=str(ROOT), env=_environment(env), input=data.decode("latin-1"),
            warm=_is_module(command) and not data,
        )  # fmt: skip
        return Result(answer["rc"], answer["out"])

    def start(self, command: Command, env: Mapping[str, str] | None = None, name: str = "") -> Process:
        """Start a program that stays until it is stopped."""
        log = f"/run/{name or 'process'}-{self._next}.log"
        answer = self.ask(
            "start", argv=_argv(command), cwd=str(ROOT), env=_environment(env), log=log, warm=_is_module(command)
        )
        return Process(self, answer["pid"], log)

    def warm_up(self) -> None:
        """Have an interpreter ready from which our own programs are forked."""
        process = self.start([sys.executable, "-m", "tests.lab.warm"], name="warm")
        self.wait_for(f"[ -S /run/lab-warm ] || [ ! -e /proc/{process.pid}/exe ]", 180)
        if self.run("[ -S /run/lab-warm ]").rc:
            raise LabError(f"no warm interpreter: status {process.stop()}\n{process.log()}")

    def python(self, *arguments: str, timeout: float = 120.0) -> Result:
        """Run the project's interpreter."""
        return self.run([sys.executable, *arguments], timeout)

    def wait_for(self, command: Command, seconds: float = 60.0) -> str:
        """Repeat a program until it succeeds; its output."""
        deadline = time.monotonic() + seconds
        while (result := self.run(command)).rc:
            if time.monotonic() > deadline:
                raise AssertionError(f"never succeeded in {seconds} s: {command}\n{result.out}")
            time.sleep(0.2)
        return result.out


def _is_module(command: Command) -> bool:
    """Whether a command is a module run by this interpreter, which a warm one can fork."""
    words = [word for word in command if word not in ("-W", "error")]
    return not isinstance(command, str) and words[0] == sys.executable and words[1] == "-m"


def _argv(command: Command) -> list[str]:
    return ["/bin/bash", "-c", command] if isinstance(command, str) else list(command)


def _environment(extra: Mapping[str, str] | None) -> dict[str, str]:
    path = f"{Path(sys.executable).parent}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    base = {"PATH": path, "HOME": "/root", "LANG": "C.UTF-8", "PYTHONPATH": str(ROOT), "INKSTAND_LAB": "1"}
    return {**base, **(extra or {})}


def _share(tag: str, path: Path, more: str = "") -> list[str]:
    return ["-virtfs", f"local,path={path},mount_tag={tag},security_model=none,readonly=on{more}"]


def _machine(accelerator: str, kernel: Kernel, append: str) -> list[str]:
    # The least that wheels such as numpy's are compiled for (x86-64-v2); each newer instruction set is only slower.
    cpu = "host" if accelerator == "kvm" else "Nehalem,+rdrand"
    options = (
        "console=ttyS0 quiet loglevel=4 panic=-1 mitigations=off nokaslr tsc=reliable no_timer_check "
        f"cryptomgr.notests random.trust_cpu=on {append}"
    )
    return [
        "qemu-system-x86_64", "-nodefaults", "-no-user-config", "-no-reboot", "-display", "none", "-machine", "pc",
        "-nic", "none", "-accel", accelerator, "-cpu", cpu,
        "-kernel", str(kernel.image), "-initrd", str(kernel.initramfs), "-append", options,
    ]  # fmt: skip


def kvm_works(kernel: Kernel) -> bool:
    """Whether a kernel comes up under KVM here: in virtual machines it often is there and does not.

    Tried once and remembered until this machine boots again. INKSTAND_LAB_KVM=0 or =1 settles it.
    """
    if wanted := os.environ.get("INKSTAND_LAB_KVM"):
        return wanted == "1"
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return False
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    memory = cache() / "kvm"
    if memory.exists() and memory.read_text().startswith(boot):
        return memory.read_text().endswith("works")
    command = [*_machine("kvm", kernel, "lab.probe"), "-m", "256", "-serial", "stdio"]
    try:
        out = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=KVM_PROBE).stdout
    except subprocess.TimeoutExpired as expired:
        out = expired.stdout or b""
    works = b"lab-probe-ok" in out
    memory.write_text(f"{boot} {'works' if works else 'fails'}")
    return works


def quote(words: Sequence[str]) -> str:
    """Words as a shell line."""
    return shlex.join(words)
