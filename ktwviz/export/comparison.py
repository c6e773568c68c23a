"""Two runs of one schedule side by side: what `ktwviz diff` prints, and the sentences that the player tells."""

from ktwviz.kernel.kthread_api import in_v4_names
from ktwviz.lesson.compare import Comparison
from ktwviz.lesson.judging import NOTHING
from ktwviz.lesson.moved import Moved
from ktwviz.lesson.scenario import Scenario
from ktwviz.machine.history import Step

_NAMED = 4
"""How many of the functions that differ are named."""
_MOVES = 2
"""How many of the lines that moved are told."""
_BEFORE = 3
"""How many of the steps that both runs share are printed before the one at which they part."""


def as_text(found: Comparison) -> str:
    """Return where the runs part, what each does there, and how each ends."""
    one, other = found.one.variant, found.other.variant
    width = max(len(one), len(other)) + 2
    steps = sum(1 for row in found.rows if row.one)
    lines = [
        f"{found.one.lesson.title}: {one} and {other}, {steps} steps",
        "",
        _functions(found),
        *_moves(found),
        summary(found),
    ]
    if found.parted is not None:
        row = found.rows[found.parted]
        lines += [
            "",
            *_shared(found, width),
            f"  {one:<{width}}{deed(row.one)}",
            f"  {other:<{width}}{deed(row.other) if row.other else row.why}",
        ]
    lines += ["", "In the end:", f"  {one:<{width}}{ending(found.one_end)}"]
    lines.append(f"  {other:<{width}}{ending(found.other_end)}")
    return "\n".join([*lines, "", *tokens(found)])


def differing(found: Comparison) -> str:
    """Return in which functions the two versions differ, and which lines only stand at another place there."""
    return " ".join([_functions(found), *_moves(found)])


def _functions(found: Comparison) -> str:
    if not found.functions:
        return "Both have the same code."
    names = ", ".join(f"{name}()" for name in found.functions[:_NAMED])
    more = len(found.functions) - _NAMED
    return f"The code differs in {names}" + (f" and {more} other functions." if more > 0 else ".")


def _moves(found: Comparison) -> list[str]:
    """Return a sentence for each line that has moved; where the runs part stands first."""
    parting = found.rows[found.parted].one if found.parted is not None else None
    where = in_v4_names(parting.function) if parting else ""
    moves = sorted(found.moved, key=lambda moved: moved.function != where)
    told = [_move(moved, found.one.variant, found.other.variant) for moved in moves[:_MOVES]]
    more = len(moves) - _MOVES
    return [*told, f"{more} more {'line has' if more == 1 else 'lines have'} moved."] if more > 0 else told


def _move(moved: Moved, one: str, other: str) -> str:
    here, there = _side_of(moved), _side_of(moved, there=True)
    return f'In {moved.function}() "{moved.text}" has moved: {here} "{moved.past}" in {one}, {there} it in {other}.'


def _side_of(moved: Moved, *, there: bool = False) -> str:
    """Return on which side of the line that it has moved past a line stands, in the first version or the other."""
    return "below" if moved.below != there else "above"


def summary(found: Comparison) -> str:
    """Return in one sentence whether, and where, the runs part."""
    if found.parted is None:
        if found.differ:
            return "They part nowhere but on the lines that differ, and end differently."
        if not all(row.same for row in found.rows):
            return "The runs part nowhere but on the lines that differ, up to the end of this schedule."
        return "The runs do not part: both do the same up to the end of this schedule."
    return f"The runs part at step {found.step} of {found.one.variant}."


def deed(step: Step | None) -> str:
    """Return what a run does in a step: who, where, and the access itself."""
    if step is None:
        return ""
    if step.cpu < 0:
        return step.access
    facts = "; ".join(event.text for event in step.events if event.kind != "done")
    return f"{step.context} in {step.function}(): {step.access}" + (f" [{facts}]" if facts else "")


def ending(bad_end: str) -> str:
    """Return what is broken at the end of a run."""
    return bad_end or NOTHING


def tokens(found: Comparison) -> list[str]:
    """Return the token of each run, up to its end."""
    keys = tuple(row.one.choice for row in found.rows if row.one)
    return [str(found.one.token(keys)), str(found.other.token(found.other_keys))]


def _shared(found: Comparison, width: int) -> list[str]:
    """Return the last steps that both runs share, with the words that say so."""
    assert found.parted is not None
    before = [row for row in found.rows[: found.parted] if row.same][-_BEFORE:]
    return [f"  {'both':<{width}}{deed(row.one)}" for row in before]


def as_json(found: Comparison) -> dict[str, object]:
    """Return the comparison as plain data."""
    row = found.rows[found.parted] if found.parted is not None else None
    one, other = tokens(found)
    return {
        "lesson": found.one.lesson.id,
        "parted": row is not None,
        "differ": found.differ,
        "step": found.step,
        "functions": list(found.functions),
        "moved": [_as_moved(moved) for moved in found.moved],
        "one": _side(found.one, one, row.one if row else None, "", found.one_end),
        "other": _side(
            found.other, other, row.other if row else None, row.why if row else "", found.other_end
        ),
        "steps_together": found.together,
    }


def _as_moved(moved: Moved) -> dict[str, str]:
    return {
        "function": moved.function,
        "line": moved.text,
        "past": moved.past,
        "one": _side_of(moved),
        "other": _side_of(moved, there=True),
    }


def _side(scenario: Scenario, token: str, step: Step | None, why: str, bad_end: str) -> dict[str, object]:
    return {
        "version": scenario.variant,
        "token": token,
        "does": _does(step) if step else None,
        "cannot": why,
        "bad_end": bad_end,
    }


def _does(step: Step) -> dict[str, object]:
    return {
        "context": step.context,
        "function": step.function,
        "file": step.file,
        "line": step.line,
        "access": step.access,
        "changes": [str(change) for change in step.changes],
    }
