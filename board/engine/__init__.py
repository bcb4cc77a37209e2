"""The marking engine of a line thermal printer: dots become heat and motion.

A page's dots come as lines. ``plan`` turns a line into firings that the head's supply can carry, with pulse times
from ``heat``; ``motion`` says when the paper may move; ``marking`` carries it out through the ports ``PrintHead``,
``Motor`` and ``Sensors``, and stops for everything that would harm paper or head. What a mechanism is like is data:
``mechanism`` reads it from ``board/heads/*.toml``.

Lengths are millimetres, times microseconds, energies millijoules, temperatures degrees Celsius, unless a name says
otherwise.
"""
