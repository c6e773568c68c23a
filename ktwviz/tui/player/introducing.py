"""The page about a lesson: it stands alone before the first step of a lesson that is new, and comes back at a key."""

from ktwviz.lesson.play import Play
from ktwviz.tui.player.foreseeing import Foreseeing
from ktwviz.tui.player.introduction import IntroductionPane


class Introducing(Foreseeing):
    """A screen that plays a lesson and can say what it is about.

    `opening` says that the page stands before the lesson and leads back to the list of lessons.
    """

    def __init__(self, play: Play, next_lesson: str = "") -> None:
        super().__init__(play, next_lesson)
        self.opening = False

    def zoom(self, pane: object) -> None:
        """Show a pane alone; None: all panes."""
        raise NotImplementedError

    @property
    def introducing(self) -> bool:
        """Whether the page is on the screen."""
        return self.query_one(IntroductionPane).has_class("-zoom")

    def introduce(self) -> None:
        """Show the page before the first step."""
        self.opening = True
        self.zoom(self.query_one(IntroductionPane))

    def begin(self) -> bool:
        """End the page and show the panes; False where it is not on the screen."""
        if not self.introducing:
            return False
        self.zoom(None)
        return True

    def action_introduction(self) -> None:
        """Show the page, or the panes again."""
        if self.begin():
            return
        if self.scene.story.introduction:
            self.zoom(self.query_one(IntroductionPane))
        else:
            self.tell("This scenario comes without an introduction.")

    def action_advance(self) -> None:
        """One move, unless the key ends the page."""
        if not self.begin():
            super().action_advance()

    def action_pick(self, index: int) -> None:
        """Choose an answer, once the question can be seen."""
        self.begin()
        super().action_pick(index)

    def moved(self, sentence: str = "", *, opened: bool = False) -> None:
        """Show where a move led, on the panes."""
        self.begin()
        super().moved(sentence, opened=opened)

    def tell(self, sentence: str, *, trouble: bool = False) -> None:
        """Show a sentence in the narration, which must be seen for that."""
        self.begin()
        super().tell(sentence, trouble=trouble)
