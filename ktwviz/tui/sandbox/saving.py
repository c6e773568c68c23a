"""A draft of the sandbox becomes a lesson file: where it goes is asked, and nothing is written over unasked."""

from pathlib import Path
from shlex import quote

from ktwviz.files import write_whole
from ktwviz.lesson.sandbox import NAME, Begun
from ktwviz.lesson.saving import LessonFile, lesson_file
from ktwviz.progress.model import Draft
from ktwviz.tui.ask import Question
from ktwviz.tui.sandbox.asking import AskPath
from ktwviz.tui.sandbox.drafting import Drafting
from ktwviz.values import replace


class Saving(Drafting):
    """A screen whose draft can be saved; a draft that was changed since stands in no file."""

    def __init__(self, begun: Begun, draft: Draft | None = None, version: str = "") -> None:
        super().__init__(begun, draft, version)
        self._saved: tuple[str, LessonFile] | None = None
        self._saving = (Path(), False)

    @property
    def id_of_draft(self) -> str:
        """The id of the lesson file that this very draft stands in, else that of no file."""
        return self._saved[1].id if self._saved is not None and self.saved_as else NAME

    @property
    def saved_as(self) -> str:
        """The path of the lesson file in which this very draft stands, "" for none."""
        return self._saved[0] if self._saved is not None and self._saved[1].draft == self.draft else ""

    def action_save(self) -> None:
        """Ask for a path; then check the scenario, and save it as a lesson."""
        if self.bench.busy:
            return
        if self.scenario() is not None:
            self._ask_path(self._saved[0] if self._saved is not None else "my-scenario.md")

    def _ask_path(self, path: str, told: str = "") -> None:
        self.app.push_screen(AskPath(path, wrong_path, told), self._ask_to_overwrite)

    def _ask_to_overwrite(self, given: str | None) -> None:
        if not given:
            self.tell("Nothing was saved.")
            return
        path = file_called(given)
        if path.exists():

            def save(sure: bool | None) -> None:
                if sure:
                    self._save(path, overwrite=True)
                else:
                    self._ask_path(given, f"Nothing was saved: {path} is as it was.")

            self.app.push_screen(Question(f"{path} is there. Write over it?", yes="writes over it"), save)
        else:
            self._save(path, overwrite=False)

    def _save(self, path: Path, *, overwrite: bool) -> None:
        self._saving = (path, overwrite)
        draft = self.draft
        self.show(replace(self.bench, busy="save", running=0, told=""))
        self.begin(lambda interrupted: lesson_file(draft, str(path), interrupted=interrupted))

    def _write(self, file: LessonFile) -> None:
        path, overwrite = self._saving
        try:
            write_whole(path, file.text, overwrite=overwrite)
        except OSError as error:
            self._ask_path(str(path), f"It cannot be written: {(error.strerror or str(error)).lower()}.")
            return
        self._saved = (str(path), file)
        self.tell(saved_words(file, str(path)))


def file_called(given: str) -> Path:
    """Return the file that somebody means by what they typed."""
    path = Path(given).expanduser()
    return path if path.suffix or path.is_dir() else path.with_suffix(".md")


def wrong_path(given: str) -> str:
    """Return why no lesson can be saved there, "" where one can, or where nothing was typed."""
    path = file_called(given)
    if not given:
        return ""
    if path.is_dir():
        return "It is a folder: give the file a name."
    if path.suffix != ".md":
        return "A lesson is a Markdown file: its name ends in .md."
    return "" if path.parent.is_dir() else "It has no folder: make it first."


def saved_words(file: LessonFile, path: str) -> str:
    """Say that a file was saved, and how much of what it says is proved."""
    named = quote(path)
    if not file.undetermined:
        return f"Saved. `ktwviz play {named}` plays it, `ktwviz check {named}` proves what it claims."
    return (
        f"Saved, but too large to be proved: the check ended at {file.undetermined}, so that what it did not find "
        f"broken is undetermined. `ktwviz play {named}` plays it."
    )
