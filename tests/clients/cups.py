"""A CUPS of our own: ``cupsd`` on a socket in a temporary folder, with its own files and queues.

Nothing of the system's CUPS is touched or needed but its programs. It runs as the user of the tests, or as ``lp``
where that is root, in the foreground, without systemd, D-Bus or the network.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.desk import need, until

PACKAGES = ("cups", "cups-client", "cups-filters", "ghostscript", "poppler-utils")
USER = "lp"

_DAEMON = """
Listen {socket}
LogLevel debug
Browsing Off
DefaultAuthType None
WebInterface No
MaxJobs 0
PreserveJobFiles No
JobRetryInterval 5
<Location />
  Order allow,deny
  Allow all
</Location>
<Policy default>
  JobPrivateAccess all
  JobPrivateValues none
  SubscriptionPrivateAccess all
  SubscriptionPrivateValues none
  <Limit All>
    Order allow,deny
    Allow all
  </Limit>
</Policy>
"""
_FILES = """
ServerRoot {root}/etc
StateDir {root}/run
CacheDir {root}/cache
RequestRoot {root}/spool
TempDir {root}/tmp
ErrorLog {root}/error_log
AccessLog {root}/access_log
PageLog {root}/page_log
ServerBin /usr/lib/cups
DataDir /usr/share/cups
SystemGroup {group}
FileDevice No
FatalErrors config listen
"""


class Cups:
    """The daemon and the commands that talk to it. ``start``, then ``stop``."""

    def __init__(self) -> None:
        need("cupsd", "lpadmin", "lp", "lpstat", "gs", "pdftoppm", packages=PACKAGES)
        self.root = Path(tempfile.mkdtemp(prefix="cups-"))
        self.socket = self.root / "run" / "cups.sock"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        for name in ("etc", "etc/ppd", "run", "run/certs", "cache", "spool", "spool/tmp", "tmp"):
            (self.root / name).mkdir()
        group = USER if self._as_root else str(os.getgid())
        (self.root / "etc/cupsd.conf").write_text(_DAEMON.format(socket=self.socket))
        (self.root / "etc/cups-files.conf").write_text(_FILES.format(root=self.root, group=_group_name(group)))
        self.root.chmod(0o755)
        if self._as_root:
            for path in (self.root, *self.root.rglob("*")):
                shutil.chown(path, USER, USER)
        command = ["cupsd", "-f", "-c", f"{self.root}/etc/cupsd.conf", "-s", f"{self.root}/etc/cups-files.conf"]
        with (self.root / "stdout").open("wb") as said:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                env={**os.environ, "PATH": _PATH, "TMPDIR": f"{self.root}/tmp"},
                user=USER if self._as_root else None,
                group=USER if self._as_root else None,
                extra_groups=[] if self._as_root else None,
            )
        until(self._answers, "cupsd to answer", 30)

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        shutil.rmtree(self.root, ignore_errors=True)

    @property
    def _as_root(self) -> bool:
        return os.geteuid() == 0

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, f"cupsd ended: {(self.root / 'stdout').read_text()}{self.log()[-2000:]}"
        return self._run("lpstat", "-r", check=False).stdout.strip() == "scheduler is running"

    def _run(self, *command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        program, *rest = command
        environment = {**os.environ, "PATH": _PATH, "CUPS_SERVER": str(self.socket), "LC_ALL": "C.UTF-8"}
        environment["HOME"] = str(self.root)  # the user's own lpoptions stay out
        done = subprocess.run([program, *rest], env=environment, capture_output=True, text=True, timeout=60)
        assert not check or done.returncode == 0, f"{command}: {done.stderr}"
        return done

    # ------------------------------------------------------------------------------------------- queues

    def add(self, name: str, uri: str) -> None:
        """A driverless queue, as a user would make it. cupsd asks the printer for its abilities by and by."""
        self._run("lpadmin", "-p", name, "-m", "everywhere", "-E", "-v", uri)
        ppd = self.root / "etc/ppd" / f"{name}.ppd"
        until(ppd.exists, f"CUPS to know what {uri} can do", 30)

    def lp(self, queue: str, file: Path, *options: str) -> int:
        """Print a file; CUPS's own number of the job."""
        arguments = [part for option in options for part in ("-o", option)]
        said = self._run("lp", "-d", queue, "-t", file.name, *arguments, str(file)).stdout
        match = re.search(rf"request id is {queue}-(\d+)", said)
        assert match is not None, said
        return int(match[1])

    def state(self, number: int) -> str:
        """held, or something else, as lpstat knows it."""
        listed = self._run("lpstat", "-W", "not-completed", "-l", "-o", "desk").stdout
        entry = re.search(rf"^desk-{number}\b.*(?:\n\s.*)*", listed, re.MULTILINE)
        return "held" if entry is not None and "job-hold-until-specified" in entry[0] else "other"

    def change(self, number: int, *options: str) -> None:
        """``lp -i``: change a job that waits."""
        self._run("lp", "-i", f"desk-{number}", *options)

    def wait(self, number: int, seconds: float = 60) -> None:
        """Wait until CUPS has completed the job; anything else that ends it is an error."""

        def ended() -> bool:
            assert not re.search(
                rf"^\S+ \[.*?\] \[Job {number}\] (Job (stopped|aborted|canceled|held))", self.log(), _EACH
            ), self.about(number)
            return f"[Job {number}] Job completed." in self.log()

        until(ended, f"CUPS to complete job {number}", seconds)

    def about(self, number: int) -> str:
        """The end of what the log says of a job."""
        lines = [line for line in self.log().splitlines() if f"[Job {number}]" in line]
        return "\n".join(lines[-40:])

    def log(self) -> str:
        path = self.root / "error_log"
        return path.read_text(errors="replace") if path.exists() else ""


_EACH = re.MULTILINE
_PATH = f"{os.environ.get('PATH', '/usr/bin:/bin')}:/usr/sbin:/sbin"


def _group_name(group: str) -> str:
    import grp

    return grp.getgrgid(int(group)).gr_name if group.isdigit() else group
