# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""Coded lines looked at, not decoded: which runs stand where. Octet by octet; shares nothing with ``_packbits``."""

from libc.stdint cimport int64_t, uint8_t


cdef class RunScanner:
    """The runs of one page of ``width`` coded pixels of ``unit`` octets and ``height`` lines.

    ``runs`` and ``pixels`` count for each cell of a map of ``rows`` × ``columns`` the runs that begin in it and the
    pixels of those runs, a repeated line once for each time.
    """

    cdef size_t width, unit, height, rows, columns
    cdef size_t x, y, times, left
    cdef int state              # 0: a line's repeat comes, 1: a run comes, 2: ``left`` octets are to be passed over
    cdef readonly size_t at     # where in the last ``data`` the run or repeat stands that was refused
    cdef readonly int64_t lines, equal, different, fills
    cdef readonly object runs, pixels
    cdef int64_t[::1] _runs, _pixels

    def __init__(self, size_t width, size_t unit, size_t height, size_t rows, size_t columns):
        from array import array

        if not width or not unit or not height or not rows or not columns:
            raise ValueError("no such page")
        self.width, self.unit, self.height, self.rows, self.columns = width, unit, height, rows, columns
        self.runs = array("q", bytes(8 * rows * columns))
        self.pixels = array("q", bytes(8 * rows * columns))
        self._runs = self.runs
        self._pixels = self.pixels

    def feed(self, const uint8_t[::1] data not None):
        """How many octets of ``data`` are the page's; fewer than there are once it is complete.

        ValueError where a line or the page is too long: the octet ``at`` of ``data`` says so.
        """
        cdef size_t i = 0, n = data.shape[0]
        cdef size_t count, cell, column, passed, k
        while i < n and (self.y < self.height or self.state == 2):
            if self.state == 2:
                passed = min(self.left, n - i)
                self.left -= passed
                i += passed
                if self.left == 0:
                    self.end_of_run()
                continue
            if self.state == 0:
                self.at = i
                self.times = data[i] + 1
                if self.times > self.height - self.y:
                    raise ValueError("a line repeat goes past the end of the page")
                self.lines += 1
                self.x = 0
                self.state = 1
                i += 1
                continue
            if data[i] == 128:
                count = self.width - self.x
                self.fills += 1
                self.left = 0
            elif data[i] < 128:
                count = data[i] + 1
                self.equal += 1
                self.left = self.unit
            else:
                count = 257 - data[i]
                self.different += 1
                self.left = count * self.unit
            self.at = i
            if count > self.width - self.x:
                raise ValueError("a run goes past the end of its line")
            column = self.x * self.columns // self.width
            for k in range(self.times):
                cell = (self.y + k) * self.rows // self.height * self.columns + column
                self._runs[cell] += 1
                self._pixels[cell] += count
            self.x += count
            i += 1
            if self.left:
                self.state = 2
            else:
                self.end_of_run()
        return i

    cdef void end_of_run(self) noexcept:
        self.state = 1
        if self.x == self.width:
            self.y += self.times
            self.state = 0

    @property
    def line(self):
        """The line of the page that is being read, from 1."""
        return self.y + 1

    @property
    def done(self):
        """Has the page its last line?"""
        return self.y == self.height and self.state == 0
