"""What a lesson tells at a moment, whether on a screen or line by line."""

from __future__ import annotations

from ktwviz.lesson.model import ANSWER_LETTERS, Answer, Quiz
from ktwviz.lesson.play import Play
from ktwviz.session import Session


def hint_place(play: Play) -> str:
    """Return "once the script is done" while it is not: the hints are written for what it leads to."""
    script = play.script.keys
    return "" if play.session.schedule()[: len(script)] == script else "once the script is done"


def unit_of(play: Play) -> str:
    """Return in one word what a move of the beat in hand is."""
    if play.beat is not None and play.beat.run == "tick":
        return "tick"
    return "access" if play.session.single else "line"


def told_of_moves(session: Session) -> str:
    """Return what a move is from now on."""
    if session.single:
        return "Every step is one access now: a load, a store, or what hardware or scheduler do at once."
    return "Every step is a line now."


def because_of(quiz: Quiz, chosen: Answer, right: Answer | None) -> str:
    """Return why an answer is right, or why it is not and which one is."""
    if right is None or right is chosen:
        return chosen.because
    return f"{chosen.because} Right is {ANSWER_LETTERS[quiz.answers.index(right)]}: {right.text}"


def counted(count: int, unit: str) -> str:
    """Return "1 line", "about 3 accesses": how many moves a beat has."""
    return f"1 {unit}" if count == 1 else f"about {count} {unit}{'es' if unit.endswith('s') else 's'}"


def broken_now(bad_end: str) -> str:
    """Return a bad end as a sentence that says that something is broken."""
    return f"{bad_end}." if " is broken" in bad_end else f"Broken: {bad_end}."


def heading(play: Play) -> str:
    """Return the title of the beat in hand, or what takes its place."""
    if play.goal_reached:
        return f"Reached by the {play.shown_by}" if play.shown_by else "Reached"
    if play.along_walk and play.open_quiz() is None:
        return f"Along the {play.shown_by}'s schedule" if play.shown_by else "Along your walk"
    if play.beat is not None and play.on_script:
        return play.beat.title
    return "Your turn"


def told(play: Play, *, never: bool = False) -> str:
    """Return the beat's text; off the script the goal, at the goal the lesson's last words. It is Markdown.

    `never` says that no interleaving of what is played reaches the goal.
    """
    if play.goal_reached and play.lesson.closing:
        return play.lesson.closing
    if play.along_walk and play.open_quiz() is None:
        return _along(play)
    if play.on_script and play.beat is not None:
        return play.narration()
    goal = play.lesson.goal
    if goal is None:
        return play.lesson.closing
    way = _way(play)
    if play.goal_trouble:
        way = (
            f"It cannot be asked of `{play.scenario.variant}`, which has not all that it names; the digits decide who "
            "runs all the same, and `v` leads to the other versions."
        )
    elif never:
        way = f"Under `{play.scenario.variant}` no interleaving reaches it; `v` leads to the other versions."
    return f"**Goal:** {goal.in_full}\n\n{way}"


def _along(play: Play) -> str:
    """Return what is told where space goes along a walk that is not the script."""
    left = len(play.session.steps) - play.session.cursor
    whose = f"the {play.shown_by}'s schedule" if play.shown_by else "the walk that you took before"
    way = (
        f"`space` goes along {whose}, {left} steps from here"
        if left > 1
        else f"`space` takes the last step of {whose}"
    )
    key = play.script_key if play.on_script and play.beat is not None else ""
    script = f" `{key}` follows the script." if key not in ("", play.session.next_recorded) else ""
    goal = f"\n\n**Goal:** {play.lesson.goal.in_full}" if play.lesson.goal else ""
    return f"{way}; a digit goes another way.{script}{goal}"


def _way(play: Play) -> str:
    if play.goal_reached and play.shown_by:
        return f"The {play.shown_by}'s schedule reaches it. Now you: `R` begins again, then {digits(play)}."
    if play.goal_reached:
        return "Reached. Go on and look around, or go to the next lesson with `enter`."
    most = play.lesson.goal.max_steps if play.lesson.goal else 0
    if most and play.session.cursor > most:
        return f"These are {play.session.cursor} steps, more than the {most} of the goal: `R` begins again."
    if play.on_script and play.session.finished:
        return f"The script is done. Now you: `R` begins again, then {digits(play)}; `H` gives a hint."
    if not play.script_key:
        return "The script is done. The digits decide who runs; `R` restarts, `H` gives a hint."
    at, key = play.left_script_at, play.script_key
    where = f"at step {at}" if at else "at the start"
    left = "This schedule leaves" if play.shown_by else "You left"
    return (
        f"{left} the script {where}: the digits decide who runs, `H` gives a hint. Back there, `{key}` takes the "
        "script up again."
    )


def digits(play: Play) -> str:
    """Return the keys that decide who runs, as in "`1`, `2` and `t` decide"."""
    *others, last = (f"`{key}`" for key in play.session.machine.keys)
    return f"{', '.join(others)} and {last} decide" if others else f"{last} decides"
