"""The glyphs of the screen, in two tables: Unicode and ASCII. Meaning is carried by these, never by colour alone."""

from ktwviz.values import dataclass


@dataclass(frozen=True)
class Symbols:
    """One table of glyphs. Every character in it is one terminal cell wide."""

    ascii: bool
    next: str
    done: str
    bad: str
    spins: str
    sleeps: str
    interrupted: str
    idle: str
    held: str
    free: str
    changed: str
    event: str
    small_event: str
    more: str
    solved: str
    started: str
    new: str
    run: str
    run_irq: str
    owned: str
    branch: str
    now: str
    tick_mark: str
    axis: str
    bar_full: str
    bar_empty: str
    link: str
    loop: str
    arrow: str
    back: str
    up: str
    down: str
    enter: str
    divider: str
    box: str
    box_done: str
    seen: str
    folded: str
    opened: str
    within: str
    tree: str
    patched: str
    decision: str

    def glyphs(self) -> tuple[str, ...]:
        """Return every string of the table."""
        return tuple(glyph for name, glyph in vars(self).items() if name != "ascii")

    def text(self, text: str) -> str:
        """Return `text` with typographic characters spelt in ASCII, if this is the ASCII table."""
        if not self.ascii:
            return text
        return text.translate(_SPELT).encode("ascii", "replace").decode("ascii")


_SPELT = str.maketrans(
    {
        "\u2018": "'",
        "\u2019": "'",
        "\u201c": '"',
        "\u201d": '"',
        "\u2013": "-",
        "\u2014": "-",
        "\u2026": "...",
        "\u00a0": " ",
        "\u2190": "<-",
        "\u2191": "up",
        "\u2192": "->",
        "\u2193": "down",
        "\u2194": "<->",
        "\u2264": "<=",
        "\u2265": ">=",
        "\u00d7": "x",
    }
)

UNICODE = Symbols(
    ascii=False,
    next="▶",
    done="✓",
    bad="✗",
    spins="~",
    sleeps="z",
    interrupted="!",
    idle="·",
    held="■",
    free="□",
    changed="*",
    event="◆",
    small_event="◇",
    more="…",
    solved="✓",
    started="◐",
    new="○",
    run="█",
    run_irq="▒",
    owned="━",
    branch="+",
    now="▼",
    tick_mark="┼",
    axis="─",
    bar_full="█",
    bar_empty="░",
    link="<->",
    loop="↺",
    arrow="→",
    back="←",
    up="↑",
    down="↓",
    enter="⏎",
    divider="│",
    box="□",
    box_done="✓",
    seen="≡",
    folded="▸",
    opened="▾",
    within="≤",
    tree="│├└─",
    patched="±",
    decision="¦",
)

ASCII = Symbols(
    ascii=True,
    next=">",
    done="v",
    bad="X",
    spins="~",
    sleeps="z",
    interrupted="!",
    idle=".",
    held="#",
    free="_",
    changed="*",
    event="@",
    small_event="o",
    more="...",
    solved="[x]",
    started="[/]",
    new="[ ]",
    run="=",
    run_irq="%",
    owned="-",
    branch="+",
    now="V",
    tick_mark="+",
    axis="-",
    bar_full="#",
    bar_empty=".",
    link="<->",
    loop="@",
    arrow="->",
    back="<-",
    up="^",
    down="v",
    enter="enter",
    divider="|",
    box="[ ]",
    box_done="[x]",
    seen="=",
    folded=">",
    opened="v",
    within="<=",
    tree="||`-",
    patched="+",
    decision="|",
)


def symbols_for(*, ascii: bool) -> Symbols:
    """Return the table to draw with."""
    return ASCII if ascii else UNICODE
