"""What a Markdown text is made of as the lesson reader sees it: headings, fences and prose, each with its line."""

from __future__ import annotations

from ktwviz.values import dataclass


@dataclass(frozen=True)
class Heading:
    """A heading; level 1 is the title of the file."""

    level: int
    text: str
    line: int


@dataclass(frozen=True)
class Fence:
    """A fenced block. `info` is what follows the backticks, `line` the line of the backticks.

    `nested` means indented as code, or inside a list or quotation; `source` is the block as the file has it.
    """

    info: str
    text: str
    line: int
    source: str
    nested: bool
    closed: bool

    @property
    def text_line(self) -> int:
        """The line of the file at which the first line of `text` stands."""
        return self.line + 1


@dataclass(frozen=True)
class Prose:
    """A paragraph, list, table or quotation as plain text."""

    text: str
    line: int


Block = Heading | Fence | Prose
