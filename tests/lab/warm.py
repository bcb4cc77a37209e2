"""A warm interpreter inside the laboratory: it has imported what our programs need, and forks one for each request.

Under software emulation an interpreter with aiohttp takes many seconds to start; a fork takes none. Requests come
from the agent: JSON with "argv" (after the interpreter: "-W error -m MODULE …"), "cwd", "env", and one descriptor for
the output. Answers are two big-endian numbers of four octets: the process, and its exit status once it has ended.
"""

import contextlib
import importlib
import json
import os
import runpy
import selectors
import signal
import socket
import sys
import warnings

from tests.lab.agent import WARM

IMPORTED = (
    "functionfs", "usb.backend.libusb1", "usb_gadget.host_checks", "usb_gadget.vhci", "board.build", "board.main",
    "board.run", "tests.clients.cups", "tests.conformance.suites",
)  # fmt: skip
"""What our programs in the laboratory need, with all that these import."""


class Warm:
    """The parent of all that are forked."""

    def __init__(self) -> None:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(WARM)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(WARM)
        self.listener.listen()
        self.children: dict[int, socket.socket] = {}
        self.wake, write = socket.socketpair()
        self.wake_write = write
        self.wake.setblocking(False)
        write.setblocking(False)

    def serve(self) -> list[str] | None:
        """Fork on request; in a child, what is to be run."""
        signal.set_wakeup_fd(self.wake_write.fileno())
        signal.signal(signal.SIGCHLD, lambda *_: None)
        with selectors.DefaultSelector() as selector:
            selector.register(self.listener, selectors.EVENT_READ)
            selector.register(self.wake, selectors.EVENT_READ)
            while True:
                for key, _ in selector.select():
                    if key.fileobj is self.wake:
                        self.reap()
                    elif arguments := self.accept():
                        return arguments

    def reap(self) -> None:
        with contextlib.suppress(BlockingIOError):
            self.wake.recv(4096)
        with contextlib.suppress(ChildProcessError):
            while (found := os.waitpid(-1, os.WNOHANG))[0]:
                connection = self.children.pop(found[0])
                with contextlib.suppress(OSError):
                    connection.sendall(os.waitstatus_to_exitcode(found[1]).to_bytes(4, "big", signed=True))
                connection.close()

    def accept(self) -> list[str] | None:
        connection, _ = self.listener.accept()
        message, (out,), _, _ = socket.recv_fds(connection, 1 << 16, 1)
        request = json.loads(message)
        pid = os.fork()
        if pid:
            os.close(out)
            self.children[pid] = connection
            connection.sendall(pid.to_bytes(4, "big"))
            return None
        self.become_child(connection)
        os.setsid()
        with open(os.devnull) as null:
            os.dup2(null.fileno(), 0)
        os.dup2(out, 1)
        os.dup2(out, 2)
        os.close(out)
        os.chdir(request["cwd"])
        os.environ.clear()
        os.environ.update(request["env"])
        arguments: list[str] = request["argv"]
        return arguments

    def become_child(self, connection: socket.socket) -> None:
        """Nothing of the parent's is a child's."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for file in (connection, self.listener, self.wake, self.wake_write, *self.children.values()):
            file.close()


def main() -> None:
    for module in IMPORTED:
        importlib.import_module(module)
    arguments = Warm().serve()
    assert arguments
    if arguments[1:3] == ["-W", "error"]:
        warnings.simplefilter("error")
        del arguments[1:3]
    _, _, module, *rest = arguments
    sys.argv = [module, *rest]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
