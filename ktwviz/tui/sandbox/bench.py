"""What the sandbox shows, as data: the draft, what a look at it found, and what is marked; and the words for it."""

from textual.content import Content

from ktwviz.checker.properties import BUILTINS
from ktwviz.checker.verdicts import Verdict
from ktwviz.errors import Trouble
from ktwviz.lesson.additions import ADDITIONS, ends_in_a_loop
from ktwviz.lesson.sandbox import MOST_STATES, YOUR_SCENARIO, Looked, cpus_of, memory_of
from ktwviz.numerals import in_words
from ktwviz.progress.model import Draft
from ktwviz.tui.symbols import Symbols
from ktwviz.tui.text import clip, joined, lines_of, spread
from ktwviz.values import dataclass

EDIT, ADD, JUDGE = "edit", "add", "judge"
"""What is in hand: the editor, what can be added, or the properties."""

LETTERS = "abcdefghijkln"
"""The letter of each addition; m is that of the order of memory."""
assert len(LETTERS) == len(ADDITIONS), "each addition has its letter"

ROOMY = 36
"""The width from which on there is room for words in the list of properties."""

SETTINGS = ("version", "memory", "cpus")
_SENTENCES = {builtin.name: builtin.sentence for builtin in BUILTINS}


@dataclass(frozen=True)
class Bench:
    """One moment of the work in the sandbox.

    `looked` is what was found in this very draft, None while nothing was. `names` are the properties in the order in
    which they stand on the screen. `running` counts the states that a look has seen so far, None where none runs;
    `busy` names what the learner asked for and waits for: "check" or "save". `target` is the task that a call is added
    to. `addition` and `asked` are what is marked in the lists. `told` is a sentence of the program.
    """

    draft: Draft
    title: str = ""
    target: str = ""
    looked: Looked | None = None
    names: tuple[str, ...] = tuple(builtin.name for builtin in BUILTINS)
    running: int | None = None
    busy: str = ""
    in_hand: str = EDIT
    addition: int = 0
    asked: str = BUILTINS[0].name
    told: str = ""

    @property
    def troubles(self) -> tuple[Trouble, ...]:
        """Why the draft cannot run."""
        return self.looked.troubles if self.looked is not None else ()

    @property
    def wrong_line(self) -> int:
        """The line of the text that is wrong, 0 for none."""
        return next((trouble.line for trouble in self.troubles if trouble.file == YOUR_SCENARIO), 0)

    @property
    def more(self) -> bool:
        """Whether ctrl+s would see states that were not looked at yet."""
        return self.looked is not None and self.looked.more

    def verdict(self, name: str) -> Verdict | None:
        """Return what is known of a property, None where nothing was found out."""
        found = self.looked.verdicts if self.looked is not None else ()
        return next((verdict for verdict in found if verdict.property == name), None)

    @property
    def count(self) -> int:
        """How many lines can be marked in the list of what can be added."""
        return len(ADDITIONS) + len(SETTINGS)


def window(at: int, count: int, height: int) -> int:
    """Return the first of `count` lines to show in `height`, so that line `at` is in view."""
    return max(0, min(at - height // 2, count - height))


# What can be added ----------------------------------------------------------------------------------------------


def addition_lines(bench: Bench, width: int, symbols: Symbols) -> list[Content]:
    """Return what can be added, a letter before each, and below it what is settled for the scenario as a whole."""
    lines = []
    for number, addition in enumerate(ADDITIONS):
        lines.append(_line(bench, number, LETTERS[number], Content(addition.sentence), symbols))
    settled = (
        ("v", "code", bench.draft.version),
        ("m", "memory", {"sc": "one order (sc)", "tso": "store buffers (tso)"}[memory_of(bench.draft.text)]),
        ("1-4", "CPUs", str(cpus_of(bench.draft.text))),
    )
    for number, (press, name, value) in enumerate(settled, len(ADDITIONS)):
        text = Content.assemble((f"{name} ", "$muted"), (value, "bold"))
        lines.append(_line(bench, number, press, text, symbols))
    return [clip(line, width, symbols) for line in lines]


def _line(bench: Bench, number: int, press: str, text: Content, symbols: Symbols) -> Content:
    marked = bench.in_hand == ADD and bench.addition == number
    head = Content.assemble((symbols.next if marked else " ", "bold $next"), " ", (press, "bold $next"), " ")
    return head + (text.stylize("bold") if marked else text)


# The properties -------------------------------------------------------------------------------------------------


def property_lines(bench: Bench, width: int, symbols: Symbols) -> list[Content]:
    """Return every property of the checker with its verdict."""
    return [_property(bench, name, width, symbols) for name in bench.names]


def _property(bench: Bench, name: str, width: int, symbols: Symbols) -> Content:
    verdict = bench.verdict(name)
    marked = bench.in_hand == JUDGE and bench.asked == name
    head = Content.styled(symbols.next if marked else " ", "bold $next")
    sign, style, word = _verdict_words(verdict, bench.more, symbols, short=width < ROOMY)
    label = Content.styled(name, "bold" if marked or (verdict and verdict.kind == "broken") else "")
    return spread(
        joined([head, Content.styled(sign, style), label], " "), Content.styled(word, style), width, symbols
    )


def _verdict_words(
    verdict: Verdict | None, more: bool, symbols: Symbols, *, short: bool
) -> tuple[str, str, str]:
    if verdict is None:
        return symbols.idle, "$muted", ""
    if verdict.kind == "broken":
        count = len(verdict.keys or ())
        return symbols.bad, "bold $bad", "1 step" if count == 1 else f"{count} steps"
    if verdict.kind == "holds":
        return symbols.done, "$changed", "holds"
    return symbols.idle, "$muted", "open" if short else "not known yet" if more else "not known"


def properties_title(bench: Bench, *, short: bool) -> str:
    """Return the title of the list: how many are broken, and how much is known."""
    looked = bench.looked
    if looked is None or looked.troubles:
        return "Properties"
    broken = len(looked.broken)
    open_ = sum(verdict.kind == "undetermined" for verdict in looked.verdicts)
    parts = [f"{broken} broken"] if broken else []
    parts += [f"{open_} {'open' if short else 'not known'}"] if open_ else []
    return f"Properties: {', '.join(parts) or 'all hold'}"


# The pane below -------------------------------------------------------------------------------------------------


def draw_status(bench: Bench, symbols: Symbols) -> Content:
    """Return how the scenario stands, in a few words."""
    if bench.busy:
        doing = {"check": "Checking", "save": "Checking, then saving"}[bench.busy]
        return Content.styled(doing, "bold $next")
    if bench.looked is None:
        return Content.styled("Looking at it", "bold")
    if bench.troubles:
        place = f"Line {bench.wrong_line}" if bench.wrong_line else bench.troubles[0].file
        return Content.styled(symbols.text(f"{symbols.bad} {place}"), "bold $bad")
    return _standing(bench.looked, symbols)


def _standing(looked: Looked, symbols: Symbols) -> Content:
    if looked.broken:
        names = ", ".join(verdict.property for verdict in looked.broken)
        return Content.styled(f"{symbols.bad} Broken: {names}", "bold $bad")
    if looked.bound:
        return Content.styled("Undetermined: nothing breaks so far", "bold $spins")
    if any(verdict.kind == "undetermined" for verdict in looked.verdicts):
        return Content.styled("Undetermined in part", "bold $spins")
    return Content.styled(f"{symbols.done} Nothing breaks, whatever the order", "bold $changed")


def draw_below(bench: Bench, width: int, symbols: Symbols) -> list[Content]:
    """Return what is to be said of the text, or of what is marked, and what can be done."""
    if bench.told:
        return lines_of(Content.styled(symbols.text(bench.told), "bold"), width)
    return [line for part in _below(bench, symbols) if part for line in lines_of(part, width)]


def _below(bench: Bench, symbols: Symbols) -> list[Content]:
    if bench.busy:
        seen = f"{bench.running:,} states so far." if bench.running else "It begins."
        return [Content(f"Every interleaving is gone through: {seen}"), _muted("esc ends it.")]
    if bench.in_hand in (ADD, JUDGE) and bench.troubles:
        way = "tab" if bench.in_hand == JUDGE else "tab, twice,"
        return [Content(symbols.text(bench.troubles[0].message)), _muted(f"{way} leads to the text.")]
    if bench.in_hand == ADD:
        return [_about_addition(bench), _muted("enter, or the letter, does it. ctrl+z takes it back.")]
    if bench.in_hand == JUDGE:
        return _about_property(bench, symbols)
    if bench.troubles:
        more = len(bench.troubles) - 1
        others = _muted(f"{more} more {'is' if more == 1 else 'are'} wrong below.") if more else Content("")
        return [Content(symbols.text(bench.troubles[0].message)), others]
    return _summary(bench, symbols)


def _about_addition(bench: Bench) -> Content:
    if bench.addition >= len(ADDITIONS):
        return Content(
            {
                "version": "The version of the kernel's code that the scenario runs on.",
                "memory": "In which order CPUs see each other's stores: one for all, or each through its buffer.",
                "cpus": "How many CPUs there are. A task or an interrupt names its own: @task(cpu=0).",
            }[SETTINGS[bench.addition - len(ADDITIONS)]]
        )
    addition = ADDITIONS[bench.addition]
    if addition.call:
        calls = " and ".join(f"{line.partition('(')[0]}()" for line in addition.call.split("\n"))
        goes = "go" if "\n" in addition.call else "goes"
        if ends_in_a_loop(bench.draft.text, bench.target):
            return Content(f"{calls} {goes} into {bench.target}(), before its loop: that never ends.")
        return Content(f"{calls} {goes} to the end of {bench.target or 'a task'}().")
    return Content(f"This adds {addition.sentence}.")


def _about_property(bench: Bench, symbols: Symbols) -> list[Content]:
    verdict = bench.verdict(bench.asked)
    rule = Content.styled(symbols.text(f"{bench.asked}: {_SENTENCES[bench.asked]}"), "$muted")
    if verdict is None:
        return [rule]
    if verdict.kind == "broken":
        how = Content.styled(symbols.text(_sentence(verdict.how)), "bold")
        return [how, Content.assemble(("enter", "bold $next"), " plays the steps that lead there."), rule]
    if verdict.kind == "undetermined":
        return [Content(symbols.text(_sentence(verdict.how))), rule]
    return [rule, Content("It holds, whatever the order: all of it was seen.")]


def _summary(bench: Bench, symbols: Symbols) -> list[Content]:
    looked = bench.looked
    if looked is None:
        seen = f"{bench.running:,} states so far." if bench.running else ""
        return [Content(f"Its interleavings are gone through while you write. {seen}".rstrip())]
    if looked.broken:
        first = looked.broken[0]
        lines = [Content.styled(symbols.text(_sentence(first.how)), "bold")]
        lines.append(_muted("tab to the properties, enter plays how one breaks."))
    else:
        lines = [Content(f"{_runs(looked)}{looked.states:,} states.")]
    if why := _why_open(looked):
        lines.append(_muted(symbols.text(why)))
    elif not looked.broken:
        lines.append(_muted("Change it: after each pause every property is judged anew."))
    return lines


def _why_open(looked: Looked) -> str:
    """Say why properties are neither broken nor known to hold; "" where none is."""
    if looked.more:
        return f"The search ended at {looked.bound}; ctrl+s goes on to {MOST_STATES:,}."
    if looked.bound:
        return f"The search ended at {looked.bound}: the rest is not known. Fewer tasks, or shorter delays, have less."
    reasons = [verdict.how for verdict in looked.verdicts if verdict.kind == "undetermined"]
    return f"{len(reasons)} are not known: {_sentence(reasons[0])}" if reasons else ""


def _runs(looked: Looked) -> str:
    if looked.bound:
        return "Nothing breaks in the first "
    if looked.interleavings is None:
        return "Every interleaving was seen, and runs can go on for ever: "
    return f"Every interleaving was seen, {in_words(looked.interleavings, 9, 1)} of them: "


def _sentence(text: str) -> str:
    """Return a reason with its full stop. It may begin with a name, which keeps its small letter."""
    return text if text.endswith(".") else f"{text}."


def _muted(text: str) -> Content:
    return Content.styled(text, "$muted")
