"""Which fences of a lesson are ours: the words after the backticks, and what is wrong with them.

What does not belong here: what stands inside a fence; that is fields.py.
"""

from __future__ import annotations

from collections.abc import Iterable

from ktwviz.errors import close_matches, did_you_mean
from ktwviz.lesson.blocks import Fence
from ktwviz.lesson.troubles import Troubles

WORDS = (
    "toml lesson",
    "python scenario",
    "diff rule",
    "toml property",
    "toml beat",
    "toml quiz",
    "toml goal",
    "toml fix",
    "python fix",
    "python wrong",
    "python trial",
)
"""Language and word of every fence that the program reads; any other fence is an illustration."""

LANGUAGES = frozenset(words.split()[0] for words in WORDS)


def words_of(fence: Fence) -> str:
    """Return which of our fences this is, or "" for an illustration or a fence that nobody knows."""
    words = " ".join(fence.info.split()[:2])
    return words if words in WORDS else ""


def is_illustration(fence: Fence) -> bool:
    """Whether a fence is there for the reader alone, such as a plain ```c."""
    return not words_of(fence) and not _mistake(fence)


def check_fence(fence: Fence, troubles: Troubles) -> None:
    """Note what is wrong with the opening, the closing and the place of a fence."""
    mistake = _mistake(fence)
    if mistake:
        troubles.add(fence.line, mistake)
        return
    words = words_of(fence)
    if not fence.closed:
        _report_unclosed(fence, troubles)
    if not words:
        return
    if fence.nested:
        troubles.add(
            fence.line,
            f"```{words} is indented, or stands in a list or quotation: begin it at the left margin, "
            "between empty lines",
        )
    extra = fence.info.split()[2:]
    if words == "diff rule" and len(extra) != 1:
        troubles.add(
            fence.line, "a rule needs one name, of a-z, 0-9 and -: write for example ```diff rule no-irqsave"
        )
    elif words != "diff rule" and extra:
        troubles.add(fence.line, f"unexpected {' '.join(extra)!r} after ```{words}: remove it")
    _check_inside(fence, words, troubles)


def _mistake(fence: Fence) -> str:
    """Say why a fence looks like one of ours and is none; "" where it does not."""
    given = fence.info.split()
    words = " ".join(given[:2])
    if words in WORDS or not given:
        return ""
    if len(given) == 1:
        possible = [known for known in WORDS if known.endswith(f" {given[0]}")]
        return f"```{given[0]} lacks its language: write ```{' or ```'.join(possible)}" if possible else ""
    guess = _guess(given[0].lower(), given[1].lower())
    if guess or given[0].lower() in LANGUAGES:
        listed = ", ".join(WORDS)
        return f"unknown fence {words!r}{guess} (possible: {listed}; an illustration has one word or none)"
    return ""


def _guess(language: str, word: str) -> str:
    """Return ", did you mean ...?" where the second word is nearly one of ours; the language may be any."""
    close = close_matches(word, [words.split()[1] for words in WORDS])
    meant = [words for words in WORDS if words.split()[1] in close]
    return did_you_mean(f"{language} {word}", meant)


def _report_unclosed(fence: Fence, troubles: Troubles) -> None:
    info = f" {fence.info!r}" if fence.info else ""
    troubles.add(fence.line, f"the fence{info} is never closed: write ``` on a line of its own where it ends")


def _check_inside(fence: Fence, words: str, troubles: Troubles) -> None:
    if not fence.text.strip():
        troubles.add(fence.line, f"```{words} is empty: fill it or remove it")
    for offset, line in enumerate(fence.text.split("\n")):
        if line.startswith("```"):
            troubles.add(
                fence.text_line + offset,
                f"a fence begins inside the ```{words} of line {fence.line}: close that one first, "
                "with ``` on a line of its own",
            )
            return


def has_inner_fence(fence: Fence) -> bool:
    """Whether a fence swallowed another one because its end is missing."""
    return any(line.startswith("```") for line in fence.text.split("\n"))


def only_one(fences: Iterable[Fence], troubles: Troubles) -> Fence | None:
    """Return the first of fences of which a lesson may have one; note a trouble for each further one."""
    first: Fence | None = None
    for fence in fences:
        if first is None:
            first = fence
        else:
            words = words_of(fence)
            troubles.add(
                fence.line, f"a second ```{words}; the first is at line {first.line}: keep one of them"
            )
    return first
