"""A moment of a lesson that is played, in sentences: what changed, where everybody is, who can run and who cannot."""

import re
import textwrap
from collections.abc import Iterator

from ktwviz.lesson.model import ANSWER_LETTERS
from ktwviz.lesson.moves import changes_of, who_moved
from ktwviz.lesson.play import Play
from ktwviz.lesson.telling import broken_now, counted, heading, unit_of
from ktwviz.machine.snapshot import ContextView

WIDTH = 76
LINES_AROUND = 4
"""Lines of code before and after the one that runs next."""


def happened(play: Play) -> Iterator[str]:
    """Yield what the last move did."""
    steps = play.session.last_steps()
    before, after = play.session.previous_picture(), play.session.picture().machine
    changes = changes_of(steps, after)
    facts = [event.text for step in steps for event in step.events if event.kind != "tick"]
    who = who_moved(steps, changes, before.machine if before else None, after, single=play.session.single)
    yield " ".join([who, *(f"{fact}." for fact in facts)])
    if changes:
        yield f"Changed {', '.join(f'{change.path}: {change.old} to {change.new}' for change in changes)}."


def place(play: Play) -> str:
    """Return how far the run is, and how far along the script."""
    session = play.session
    step = f"Step {session.cursor}, jiffies {session.picture().machine.time}."
    move, moves = play.progress_in_beat
    if not moves:
        return f"{step} {heading(play)}."
    unit = unit_of(play)
    done = f"{unit} {move + 1} of about {moves}" if move else counted(moves, unit)
    return f"{step} Beat {play.beat_index + 1} of {len(play.lesson.beats)}, {heading(play)}: {done}."


def contexts(play: Play) -> Iterator[str]:
    """Yield for each context that has begun where it is, and why it is blocked if it is."""
    reasons = {choice.key: choice.reason for choice in play.session.choices()}
    for context in play.session.picture().machine.contexts:
        if context.status in ("off", "done"):
            continue
        yield f" {context.number} {context.title}: {_at(context)}"
        reason = reasons.get(str(context.number), "")
        if reason:
            yield f"   blocked: {reason}."


def _at(context: ContextView) -> str:
    """Return where a context is: function, line and its text."""
    where = context.place()
    if where is None:
        return "not begun"
    at = where.line - where.first_line
    line = where.source[at].strip() if 0 <= at < len(where.source) else ""
    return f"{where.function}(), line {where.line}: {line}"


def values(play: Play) -> Iterator[str]:
    """Yield what is on each list or linked to none, who holds each lock, how each timer stands."""
    picture = play.session.picture()
    names = {context.number: context.name for context in picture.machine.contexts}
    for view in (view for worker in picture.workers for view in worker.lists):
        broken = f"; broken: {view.problem}" if view.problem else ""
        yield f"{view.name}: {', '.join(view.nodes) or 'empty'}{broken}."
    for work in picture.works:
        if not work.node.startswith(("self", "on ")):
            yield f"{work.name}: {work.node}."
    for lock in picture.locks:
        spinning = ", ".join(names[number] for number in lock.spinners)
        held = f"held by {names[lock.owner]}" if lock.owner is not None else "free"
        yield f"{lock.name}: {held}{f'; {spinning} spins for it' if spinning else ''}."
    for timer in picture.timers:
        when = f", expires at jiffy {timer.expires}" if timer.state == "pending" else ""
        yield f"{timer.name}: {timer.state}{when}."


def end(play: Play) -> Iterator[str]:
    """Yield what the run has come to, if to anything."""
    if play.goal_reached and play.shown_by:
        yield f"The {play.shown_by}'s schedule reaches the goal at step {play.goal_steps}."
    elif play.goal_reached and play.goal_steps is not None:
        yield f"Goal reached at step {play.goal_steps}."
    elif play.goal_steps is not None and play.lesson.goal is not None:
        most = play.lesson.goal.max_steps
        yield f"The goal is met at step {play.goal_steps}, and only within {most} steps it counts: R begins again."
    if play.session.bad_end:
        yield broken_now(play.session.bad_end)
    elif play.session.finished:
        yield "The run is over: nothing is left to run."


def question(play: Play) -> Iterator[str]:
    """Yield the question that is open, and its answers with their letters."""
    quiz = play.open_quiz()
    if quiz is not None:
        yield f"Question: {quiz.ask}"
        for letter, answer in zip(ANSWER_LETTERS, quiz.answers, strict=False):
            yield f"  {letter}: {answer.text}"


def choices(play: Play) -> str:
    """Return who can run, by number, and whom the script lets run next."""
    able = [choice for choice in play.session.choices() if choice.enabled]
    named = ", ".join(f"{choice.key} {choice.label}" for choice in able) or "nobody"
    script = f" Enter: {play.beat.run}, by the script." if play.beat and not play.open_quiz() else ""
    return f"Can run: {named}.{script}"


def code(play: Play) -> Iterator[str]:
    """Yield the lines of code round the next one of each context, as they stand."""
    for context in play.session.picture().machine.contexts:
        where = context.place()
        if where is None:
            continue
        yield f"{context.number} {context.title}: {where.function}(), {where.file.rpartition('/')[2]}"
        for number, line in enumerate(where.source, where.first_line):
            if abs(number - where.line) <= LINES_AROUND:
                yield f"{'next' if number == where.line else '':>4} {number:4} {line}".rstrip()


def wrapped(text: str) -> str:
    """Return Markdown in lines of 76 cells, without the marks that a voice would spell out."""
    parts = []
    for paragraph in text.split("\n\n"):
        if paragraph.startswith("```"):
            rows = paragraph.split("\n")
            parts.append("\n".join(f"    {row}" for row in rows[1:] if not row.startswith("```")))
        else:
            # each item of a list on lines of its own
            parts.append("\n".join(_fill(row) for row in re.split("\n(?=- )", paragraph)))
    return "\n\n".join(parts)


def _fill(text: str) -> str:
    indent = " " * (len(text) - len(text.lstrip()))
    return textwrap.fill(
        text.strip().replace("`", "").replace("**", ""),
        WIDTH,
        initial_indent=indent,
        subsequent_indent=f"{indent}  " if indent else "",
        break_on_hyphens=False,
        break_long_words=False,
    )
