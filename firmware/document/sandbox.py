"""Limits that the renderer process puts on itself before it touches a document. Linux only; best effort
beyond rlimits.

A document is hostile until proved otherwise: its renderer can read program files and fonts and what it was
handed, nothing else; it can't write files, start programs, or open TCP connections, and it dies with the
printer.
"""

from __future__ import annotations

import ctypes
import os
import resource
import struct
from collections.abc import Iterable

PROGRAM = (
    "/usr/lib",
    "/lib",
    "/lib64",
    "/usr/lib64",
    "/usr/local/lib",
    "/dev/null",
    "/dev/urandom",
)

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 1, 4, 38
_SIGKILL = 9
# linux/landlock.h; the system call numbers are the same on every architecture.
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_READ = 0b1101  # execute (shared libraries), read file, read directory
_FILES = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1}
_TCP = 0b11


def confine(memory: int, paths: Iterable[str]) -> None:
    """Give up everything but reading ``paths`` and libraries. ``memory`` is in octets of address space."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_PDEATHSIG, _SIGKILL, 0, 0, 0)
    libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    for name, value in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 1 << 16),  # what it says on stderr
        (resource.RLIMIT_NOFILE, 64),
    ):
        resource.setrlimit(name, (value, value))
    _landlock(libc, (*paths, *PROGRAM))


def allow_cpu(seconds: int) -> None:
    """So much more processor time from now on; then SIGXCPU."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(usage.ru_utime + usage.ru_stime) + seconds + 1
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (soft if hard < 0 else min(soft, hard), hard))


def confines() -> bool:
    """Whether this kernel can keep a process from files (Landlock, Linux 5.13)."""
    return _syscall(ctypes.CDLL(None, use_errno=True), _CREATE_RULESET, None, 0, 1) >= 1


def _landlock(libc: ctypes.CDLL, paths: Iterable[str]) -> bool:
    """Leave reading below these paths, no other use of files, no TCP. False where the kernel can't."""
    version = _syscall(libc, _CREATE_RULESET, None, 0, 1)
    if version < 1:
        return False
    files = _FILES.get(version, (1 << 15) - 1)
    attributes = struct.pack("=QQ", files, _TCP) if version >= 4 else struct.pack("=Q", files)
    ruleset = _syscall(libc, _CREATE_RULESET, attributes, len(attributes), 0)
    if ruleset < 0:
        return False
    for path in paths:
        _allow(libc, ruleset, path)
    done = _syscall(libc, _RESTRICT_SELF, ruleset, 0) == 0
    os.close(ruleset)
    return done


def _allow(libc: ctypes.CDLL, ruleset: int, path: str) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    access = _READ if os.path.isdir(path) else _READ & 0b101
    _syscall(libc, _ADD_RULE, ruleset, 1, struct.pack("=Qi", access, descriptor), 0)
    os.close(descriptor)


def _syscall(libc: ctypes.CDLL, *arguments: int | bytes | None) -> int:
    """ctypes would pass plain ints as 32-bit ones."""
    wide = (ctypes.c_long(value) if isinstance(value, int) else value for value in arguments)
    return int(libc.syscall(*wide))
