from array import array

class RunScanner:
    lines: int
    """Coded lines, a repeated one once."""
    equal: int
    different: int
    fills: int
    runs: array[int]
    pixels: array[int]
    at: int
    """Where in the data that ``feed`` refused the bad run or repeat stands."""
    @property
    def line(self) -> int: ...
    @property
    def done(self) -> bool: ...
    def __init__(self, width: int, unit: int, height: int, rows: int, columns: int) -> None: ...
    def feed(self, data: bytes | bytearray | memoryview) -> int: ...
