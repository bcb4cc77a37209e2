"""Runs inside the laboratory's virtual machine and does there what `vm.Lab` asks for.

Stand-alone: standard library only, started by stage 2 with the project's interpreter. Messages on the virtio
port are lines of JSON: requests with an "id", answers with the same one; requests run side by side.
"""

import json
import os
import pathlib
import signal
import socket
import subprocess
import tempfile
import threading
from typing import Any

WARM = "/run/lab-warm"
"""Socket of `tests.lab.warm`, once it is there."""
PORT_NAME = "inkstand.agent"


def port() -> str:
    """The device file of the agent's virtio port."""
    for name in pathlib.Path("/sys/class/virtio-ports").glob("*/name"):
        if name.read_text().strip() == PORT_NAME:
            return f"/dev/{name.parent.name}"
    raise SystemExit("no agent port")


class WarmProcess:
    """A Python program run by `tests.lab.warm`; as much of subprocess.Popen as the agent needs."""

    def __init__(self, request: dict[str, Any], out: int) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(WARM)
        message = {name: request[name] for name in ("argv", "cwd", "env")}
        socket.send_fds(self._socket, [json.dumps(message).encode()], [out])
        self.pid = int.from_bytes(self._socket.recv(4, socket.MSG_WAITALL), "big")
        self.returncode: int | None = None

    def wait(self, timeout: float | None = None) -> int:
        if self.returncode is None:
            self._socket.settimeout(timeout)
            try:
                data = self._socket.recv(4, socket.MSG_WAITALL)
            except (TimeoutError, BlockingIOError):
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0) from None
            self.returncode = int.from_bytes(data, "big", signed=True)
            self._socket.close()
        return self.returncode

    def poll(self) -> int | None:
        try:
            return self.wait(0)
        except subprocess.TimeoutExpired:
            return None

    def send_signal(self, number: int) -> None:
        os.kill(self.pid, number)


def is_warm(request: dict[str, Any]) -> bool:
    """Whether a program may be forked from the warm interpreter: ours, by module name."""
    return request["warm"] and os.path.exists(WARM)


class Agent:
    """The processes that were started, and the port they are asked for on."""

    def __init__(self) -> None:
        self.file = open(port(), "r+b", buffering=0)  # noqa: SIM115 (for the machine's life)
        self.lock = threading.Lock()
        self.started: dict[int, subprocess.Popen[bytes] | WarmProcess] = {}

    def send(self, message: dict[str, Any]) -> None:
        data = memoryview(json.dumps(message).encode() + b"\n")
        with self.lock:
            while data:
                data = data[self.file.write(data) :]

    def serve(self) -> None:
        self.send({"id": 0, "ready": True})
        buffer = b""
        while True:
            buffer += self.file.read(65536) or b""
            *lines, buffer = buffer.split(b"\n")
            for line in lines:
                threading.Thread(target=self.handle, args=(json.loads(line),), daemon=True).start()

    def handle(self, request: dict[str, Any]) -> None:
        try:
            answer = getattr(self, "do_" + request["op"])(request)
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        self.send({"id": request["id"], **answer})

    def do_run(self, request: dict[str, Any]) -> dict[str, Any]:
        """Run a program to its end."""
        if is_warm(request):
            return self.run_warm(request)
        process = subprocess.Popen(
            request["argv"], cwd=request["cwd"], env=request["env"], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        try:
            out, _ = process.communicate(request["input"].encode("latin-1"), request["timeout"])
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            out, _ = process.communicate()
            return {"rc": 124, "out": out.decode("latin-1")}
        return {"rc": process.returncode, "out": out.decode("latin-1")}

    def run_warm(self, request: dict[str, Any]) -> dict[str, Any]:
        with tempfile.TemporaryFile() as out:
            process = WarmProcess(request, out.fileno())
            try:
                status = process.wait(request["timeout"])
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                status = 124
            out.seek(0)
            return {"rc": status, "out": out.read().decode("latin-1")}

    def do_start(self, request: dict[str, Any]) -> dict[str, Any]:
        """Start a program that stays; its output goes to a file."""
        process: subprocess.Popen[bytes] | WarmProcess
        with open(request["log"], "wb") as log:
            if is_warm(request):
                process = WarmProcess(request, log.fileno())
                self.started[process.pid] = process
                return {"pid": process.pid}
            process = subprocess.Popen(
                request["argv"], cwd=request["cwd"], env=request["env"], stdin=subprocess.DEVNULL, stdout=log,
                stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        self.started[process.pid] = process
        return {"pid": process.pid}

    def do_stop(self, request: dict[str, Any]) -> dict[str, Any]:
        """End a started program; its status, 124 if it had to be killed."""
        process = self.started.pop(request["pid"])
        if process.poll() is None:
            process.send_signal(request["signal"])
        try:
            return {"rc": process.wait(request["timeout"])}
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            return {"rc": 124}


if __name__ == "__main__":
    Agent().serve()
