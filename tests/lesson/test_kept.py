"""What was worked out is kept by what it is made from, and two programs do not take it from each other."""

import json
from dataclasses import replace

from ktwviz.lesson.kept import MOST_KEPT, Kept
from ktwviz.lesson.matrix import Cell, Task
from ktwviz.lesson.parse import find_lesson

LESSON = find_lesson("timer-window")
KEY = (LESSON.id, "v4")
TASK: Task = (LESSON, "v4")
HOLDS = Cell("holds", 7, held=("no-oops",))


def test_a_cell_is_found_by_its_content_alone() -> None:
    Kept().keep({KEY: (TASK, HOLDS)})
    assert Kept().found({KEY: TASK}) == {KEY: HOLDS}
    changed = replace(LESSON, scenario=replace(LESSON.scenario, text=LESSON.scenario.text + "#"))
    assert Kept().found({KEY: (changed, "v4")}) == {}
    assert Kept(afresh=True).found({KEY: TASK}) == {}


def test_what_another_program_keeps_meanwhile_stays() -> None:
    mine, other = Kept(), Kept()
    other.keep({(LESSON.id, "merged"): ((LESSON, "merged"), HOLDS)})
    mine.keep({KEY: (TASK, HOLDS)})
    both = {KEY: TASK, (LESSON.id, "merged"): (LESSON, "merged")}
    assert Kept().found(both).keys() == both.keys()


def test_what_could_not_be_looked_at_is_not_kept() -> None:
    Kept().keep({KEY: (TASK, Cell("undetermined", how="the process has died"))})
    assert Kept().found({KEY: TASK}) == {}


def test_the_file_does_not_grow_for_ever() -> None:
    kept = Kept()
    kept.path.parent.mkdir(parents=True)
    kept.path.write_text(json.dumps({str(number): {} for number in range(MOST_KEPT + 5)}))
    kept.keep({KEY: (TASK, HOLDS)})
    assert len(json.loads(kept.path.read_text())) == MOST_KEPT
    assert Kept().found({KEY: TASK}) == {KEY: HOLDS}


def test_a_place_that_cannot_be_written_is_no_trouble() -> None:
    kept = Kept()
    kept.path.parent.parent.mkdir(parents=True)
    kept.path.parent.write_text("a file where the folder would be")
    kept.keep({KEY: (TASK, HOLDS)})
    assert kept.found({KEY: TASK}) == {KEY: HOLDS}
    assert Kept().found({KEY: TASK}) == {}
