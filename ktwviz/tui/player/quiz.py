"""A prediction: asked before the step, judged by the machine."""

from textual.content import Content
from textual.geometry import Size

from ktwviz.lesson.model import ANSWER_LETTERS, Answer, Quiz
from ktwviz.lesson.telling import because_of
from ktwviz.tui.clickable import Clickable
from ktwviz.tui.markdown import inline_markdown
from ktwviz.tui.pane import Pane, glyphs_of
from ktwviz.tui.player.scene import Feedback, Scene
from ktwviz.tui.symbols import Symbols
from ktwviz.tui.text import clickable, joined, lines_of


def draw_quiz(quiz: Quiz, chosen: int, width: int, symbols: Symbols) -> list[Content]:
    """Return the question and its answers, the chosen one marked."""
    lines = lines_of(inline_markdown(quiz.ask, symbols).stylize_before("bold"), width)
    for number, answer in enumerate(quiz.answers):
        mark = symbols.next if number == chosen else " "
        head = Content.styled(
            f"{mark} {ANSWER_LETTERS[number]}  ", "bold $next" if number == chosen else "$muted"
        )
        text = lines_of(inline_markdown(answer.text, symbols), width - head.cell_length)
        style = "bold" if number == chosen else ""
        for row, line in enumerate(text):
            start = head if row == 0 else Content(" " * head.cell_length)
            lines.append(clickable(start + line.stylize_before(style), f"screen.pick({number})"))
    return lines


def feedback_on(quiz: Quiz, chosen: int, right: Answer | None) -> Feedback:
    """Return what is said of an answer: why it is right, or why it is not, and then which one is."""
    answer = quiz.answers[chosen]
    return Feedback(answer is right, answer.text, because_of(quiz, answer, right))


class QuizPane(Pane[Scene], Clickable):
    """The open question; letters choose, enter answers, esc skips."""

    DEFAULT_CSS = """
    QuizPane { border: round $next; border-title-color: $next; &:focus { border: heavy $next; } }
    """

    _question: tuple[Quiz | None, int] | None = None

    HELP_TEXT = "Say what will happen before it does. Letters choose, enter answers, esc skips."

    def watch_scene(self) -> None:
        """Draw the question; its height is its own where the layout leaves it to the pane."""
        story = self.scene.story if self.scene else None
        question = (story.quiz, story.chosen) if story else None
        if question != self._question:
            self._question = question
            self.refresh(layout=True)
        super().watch_scene()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return how many lines the question needs."""
        quiz = self.scene.story.quiz if self.scene else None
        return len(draw_quiz(quiz, 0, width, glyphs_of(self))) if quiz else 0

    def draw(self, scene: Scene, width: int, height: int, symbols: Symbols) -> list[Content]:
        """Draw question and answers."""
        story = scene.story
        return draw_quiz(story.quiz, story.chosen, width, symbols) if story.quiz else []

    def draw_whole(self, scene: Scene, width: int, symbols: Symbols) -> list[Content]:
        """Draw question and answers."""
        return self.draw(scene, width, 0, symbols)

    def cut(self, scene: Scene) -> bool:
        """Whether an answer is out of sight."""
        width, height = self.content_size
        return scene.story.quiz is not None and len(self.draw_whole(scene, width, glyphs_of(self))) > height

    def draw_title(self, scene: Scene, symbols: Symbols) -> Content:
        """Draw what is asked of the learner."""
        return Content("Predict")

    def draw_subtitle(self, scene: Scene, symbols: Symbols) -> Content:
        """Draw the keys and the count."""
        story = scene.story
        count = f"{story.quiz_number} of {story.quiz_count}"
        return joined([Content("enter answer  esc skip"), Content(count)], "   ")
