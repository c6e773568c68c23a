"""What the checker found in a scenario, retold for a lesson: a schedule as beats, and its end as a goal.

What does not belong here: the file in which they stand (saving.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

from ktwviz.errors import LessonError
from ktwviz.lesson.model import Beat
from ktwviz.lesson.play import names_of, run_beat
from ktwviz.lesson.scenario import Scenario
from ktwviz.machine.automaton import DONE, IDLE
from ktwviz.machine.context import Context
from ktwviz.machine.describe import shown_frame
from ktwviz.machine.machine import TICK, State
from ktwviz.session import Session
from ktwviz.values import dataclass

# Beats ----------------------------------------------------------------------------------------------------------


def beats_of(scenario: Scenario, keys: Sequence[str]) -> tuple[Beat, ...]:
    """Return a schedule as beats: each a stretch of one context, ended by a word for its place where there is one."""
    session = Session(scenario.machine)
    names = names_of(scenario.machine)
    beats = []
    for key, group in groupby(keys):
        count = len(list(group))
        beats.append(_beat(scenario, session, names[key], key, count))
    return tuple(beats)


def _beat(scenario: Scenario, session: Session, run: str, key: str, count: int) -> Beat:
    """Return the beat that takes so many steps of a context from where the session stands, and take them."""
    start, done = session.cursor, session.schedule()
    session.play([key] * count)
    for until, told in _endings(session, run, key, count):
        beat = Beat(f"{run}, step {start + 1}", told, run, until, (), None, 0)
        if _ends_there(scenario, done, beat, start + count):
            return beat
    raise AssertionError("a number of steps always ends there")


def _ends_there(scenario: Scenario, done: Sequence[str], beat: Beat, end: int) -> bool:
    session = Session(scenario.machine)
    session.play(done)
    try:
        run_beat(scenario, session, beat)
    except LessonError:
        return False
    return session.cursor == end


def _endings(session: Session, run: str, key: str, count: int) -> Iterator[tuple[str, str]]:
    """Yield words for the end of a stretch, the plainest first, and what is told before it runs."""
    steps = "a step" if count == 1 else f"{count} steps"
    if not key.isdigit():
        times = "" if count == 1 else f" {count} times"
        told = f"The clock ticks{times}." if key == TICK else f"A store reaches memory: `{run}`{times}."
        yield "" if count == 1 else f"{count} steps", told
        return
    local = session.machine.local_state(session.state, session.context(key))
    frame = shown_frame(local)
    if frame is None:
        yield "done", f"`{run}` runs to its end."
    if not session.can(key):
        yield "blocked", f"`{run}` runs until it cannot go on."
    yield "", f"`{run}` runs one line."
    if frame is not None:
        line = frame.function.source[frame.line - frame.function.first_line].partition("  #")[0].strip()
        yield frame.function.name, f"`{run}` runs until it is in `{frame.function.name}()`."
        yield line, f"`{run}` runs until `{line}` is next."
    yield f"{count} step{'' if count == 1 else 's'}", f"`{run}` takes {steps}."


# The goal -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Place:
    """What is to be reached: an expression, and the same in words."""

    reach: str
    text: str


def goal_of(scenario: Scenario, keys: Sequence[str], apart: Iterable[State]) -> Place | None:
    """Return an expression that holds after a schedule, and in none of the states `apart`; None where none was found.

    It says as little as will do.
    """
    session = Session(scenario.machine)
    session.play(keys)
    terms = [(term, ask) for term in _terms(scenario, session) if (ask := _asked(scenario, term, session))]
    states = list(dict.fromkeys([scenario.machine.initial, *apart]))
    try:
        holds = [frozenset(n for n, state in enumerate(states) if ask(state)) for _, ask in terms]
    except LessonError:
        return None
    kept = list(range(len(terms)))
    if not terms or frozenset.intersection(*holds):
        return None
    # what is plainest stands first, and is left out last
    for number in reversed(range(len(terms))):
        fewer = [other for other in kept if other != number]
        if fewer and not frozenset.intersection(*(holds[other] for other in fewer)):
            kept = fewer
    chosen = [terms[number][0] for number in kept]
    return Place(" and ".join(term.reach for term in chosen), _joined([term.text for term in chosen]))


def _joined(texts: Sequence[str]) -> str:
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}"


def _asked(scenario: Scenario, term: Place, session: Session) -> Callable[[State], Any] | None:
    """Return what asks for a term, None where it does not hold now or cannot be asked."""
    try:
        ask = scenario.question(term.reach, 0).ask
        return ask if ask(session.state) else None
    except LessonError:
        return None


def _terms(scenario: Scenario, session: Session) -> Iterator[Place]:
    """Yield what can be said of the moment, the plainest first."""
    picture = session.picture()
    for worker in picture.workers:
        for view in worker.lists:
            yield Place(f"list_corrupted({view.name})", f"`{view.name}` is broken")
    for context in scenario.machine.contexts:
        yield from _standing(context, session)
    for worker in picture.workers:
        for view in worker.lists:
            count = len(view.nodes)
            entries = f"{count} {'entry' if count == 1 else 'entries'}"
            yield Place(f"list_length({view.name}) == {count}", f"`{view.name}` has {entries}")
    for timer in picture.timers:
        yield Place(f"timer_active({timer.name})", f"`{timer.name}` is armed")
        yield Place(f"not timer_active({timer.name})", f"`{timer.name}` is not armed")


def _standing(context: Context, session: Session) -> Iterator[Place]:
    """Yield how a context stands, and in which functions it is, the innermost first."""
    name, number = context.name, session.state[context.slot]
    words = {"stopped": "has stopped for good", "finished": "has come to its end", "sleeps": "sleeps"}
    words |= {"waits": "waits", "spins": "spins for a lock"}
    for question, text in words.items():
        if context.kind == "task" or question in ("stopped", "spins"):
            yield Place(f'{question}("{name}")', f"`{name}` {text}")
    if number not in (IDLE, DONE):
        frames = session.machine.local_state(session.state, context).frames
        for function in dict.fromkeys(frame.function.name for frame in reversed(frames)):
            yield Place(f'runs("{name}", "{function}")', f"`{name}` is in `{function}()`")
