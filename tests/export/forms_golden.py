"""What a run looks like in the forms in which it is passed on, a file each.

`python -m tests.export.forms_golden` writes them anew; read the difference before you keep it. The run is one of a
scenario that stands in a test: the kernel's lines and numbers change more often than the forms do.
"""

from pathlib import Path

from ktwviz.export.run import FORMS, IN_C, Form
from ktwviz.lesson.parse import parse_lesson
from ktwviz.lesson.play import Play
from tests.export.test_changelog import EMBRACE, LESSON

FOLDER = Path(__file__).with_name("golden")
WRITERS: dict[str, Form] = {
    "embrace.table.txt": FORMS["table"][0],
    "embrace.html": FORMS["html"][0],
    "embrace.trace": FORMS["ftrace"][0],
    "embrace.lockdep.txt": FORMS["lockdep"][0],
    "embrace.c.txt": IN_C["changelog"],
}


def text_of(play: Play, form: Form) -> str:
    """Return the walk of a play up to its cursor in a form."""
    return form(play.scenario, play.session, play.scenario.token(play.session.schedule()))


def embraced() -> Play:
    """Return a run at whose end two tasks wait for the lock that the other holds."""
    play = Play(parse_lesson(LESSON.replace("SCENARIO", EMBRACE.strip()), "embrace.md"))
    for key in "12":
        play.session.choose(key)
    while not play.session.bad_end:
        for key in "12":
            if play.session.can(key):
                play.session.choose(key)
    return play


def printed(name: str) -> str:
    """Return what stands in a golden file."""
    return f"{text_of(embraced(), WRITERS[name])}\n"


if __name__ == "__main__":
    for file in WRITERS:
        (FOLDER / file).write_text(printed(file), encoding="utf-8")
