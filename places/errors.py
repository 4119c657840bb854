from collections.abc import Sequence


class BadFile(Exception):
    """A file of hospitals that is not taken: `lines` are (number of the line, what is wrong with it), in order."""

    def __init__(self, lines: Sequence[tuple[int, str]]) -> None:
        self.lines = sorted(lines)
        super().__init__("\n".join(f"line {number}: {why}" for number, why in self.lines))
