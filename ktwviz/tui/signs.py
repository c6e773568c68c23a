"""The signs of each screen and what they mean there, for the help. A name in braces is a glyph of `symbols.py`."""

from ktwviz.tui.symbols import Symbols

Signs = tuple[tuple[str, str], ...]

PLAYER: Signs = (
    ("{next}", "runs next"),
    ("{done}", "just ran; has returned; reached"),
    ("{patched}", "the lesson changed this line"),
    ("{changed}", "changed by the last step"),
    ("{spins}", "spins for a lock"),
    ("{sleeps}", "sleeps, waits"),
    ("{interrupted}", "held back: its CPU is taken"),
    ("{held} {interrupted}", "held where its irq may come in"),
    ("{idle}", "ready, or idle"),
    ("{bad}", "broken; in foresight: lies ahead"),
    ("{arrow}9 -", "foresight: goal in 9 steps; never"),
    ("{held}", "lock held; taken by this step"),
    ("{free}", "lock free; let go by this step"),
    ("{owned}", "still held, still queued"),
    ("{event} {small_event}", "armed, fired, woken; expires"),
    ("{now}", "now, on the axis of jiffies"),
    ("{run}", "in the lanes: a task runs"),
    ("{run_irq}", "in the lanes: interrupt runs"),
    ("{branch}", "another future is kept here: B"),
    ("{decision}", "taken over: it could have gone on"),
    ("{bar_full}{bar_empty}", "script so far; time to go"),
    ("{loop}", "the list turns round here"),
    ("DANGLING", "linked, and on no list"),
    ("{box}", "the goal, not reached"),
    ("{more}", "cut: z shows all"),
    ("d...", "interrupts are off on this CPU"),
    ("..s.", "it runs a softirq; h: a hardirq"),
    ("...1", "preempt_count: 1 lock held"),
)

HOME: Signs = (
    ("{next}", "the marked lesson"),
    ("{new}", "not begun"),
    ("{started}", "begun"),
    ("{solved}", "solved"),
    ("{bar_full}{bar_empty}", "how many are solved"),
    ("{more}", "cut: z reads on"),
)

EXPLORER: Signs = (
    ("{next}", "the selected state"),
    ("{bad}", "broken; with a number: in so many steps"),
    ("{bad}{within}", "in so many steps at most"),
    ("{done}", "nothing bad lies ahead; the end of a run"),
    ("{seen}", "a state that was seen before"),
    ("{folded}", "folded: space opens"),
    ("{opened}", "open"),
    ("{branch}", "more choices at this state"),
    ("{more}", "states below; not followed"),
    ("{bar_empty}", "in the map: bad ahead"),
    ("{idle}", "in the map: nothing bad ahead"),
    ("{spins}", "spins; searching"),
    ("{sleeps}", "sleeps, waits"),
    ("{interrupted}", "held back: its CPU is taken"),
    ("{held}", "lock held"),
    ("{changed}", "changed by the step to it"),
)

MATRIX: Signs = (
    ("{next}", "the selected cell"),
    ("{done}", "holds under all interleavings; states"),
    ("{bad}", "broken, after so many steps"),
    ("{interrupted}", "something else breaks"),
    ("?", "undetermined: a bound was met"),
    ("{idle}", "not worked out yet"),
    ("-", "this race has no such version"),
    ("{spins}", "is worked out now"),
)

FIX: Signs = (
    ("{done}", "proved"),
    ("{bad}", "refuted, or an error in the text"),
)

SANDBOX: Signs = (
    ("{next}", "marked"),
    ("{done}", "holds, whatever the order"),
    ("{bad}", "broken, or an error in the text"),
    ("{idle}", "not known yet"),
)


def spelt(sign: str, symbols: Symbols) -> str:
    """Return a sign as it is drawn."""
    return sign.format(**vars(symbols))
