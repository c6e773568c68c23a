"""The screen on which a function is mended: errors while typing, a counterexample to watch, a proof that is kept."""

import threading
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot

from ktwviz.lesson import fix as fix_module
from ktwviz.lesson.fix import Judgement, text_to_fix
from ktwviz.lesson.model import Fix
from ktwviz.lesson.parse import find_lesson
from ktwviz.lesson.proof import key_of_proof
from ktwviz.progress.model import LessonProgress
from ktwviz.progress.store import ProgressStore
from ktwviz.tui.app import KtwvizApp
from ktwviz.tui.editor import CodeEditor, first_line_of_code, indent_after, spans_of
from ktwviz.tui.fixit import screen as screen_module
from ktwviz.tui.fixit.compare import AnswerScreen, draw_comparison
from ktwviz.tui.fixit.outcome import OutcomePane
from ktwviz.tui.fixit.screen import FixScreen
from ktwviz.tui.fixit.watch import NO_TOKEN, WatchScreen, replay_of
from ktwviz.tui.player.screen import PlayerScreen
from ktwviz.tui.symbols import UNICODE
from tests.tui.frames import drive, store_of
from tests.tui.shipped import LESSONS, WINDOW, text_on

Act = Callable[[Pilot[None]], Awaitable[None]]
LOCK = find_lesson("who-holds-the-lock")


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compile at once: no test waits for a clock."""
    monkeypatch.setattr(FixScreen, "PAUSE", 0)


def fix_of_window() -> Fix:
    assert WINDOW.fix is not None
    return WINDOW.fix


RIGHT = fix_of_window().right.text
REFUSES = fix_of_window().wrong[0]
WAITS = fix_of_window().wrong[1]


def app_with(store: ProgressStore | None = None) -> KtwvizApp:
    return KtwvizApp(store or store_of(), lessons=LESSONS, start=WINDOW)


def fixing(act: Act, store: ProgressStore | None = None, size: tuple[int, int] = (80, 24)) -> None:
    """Open the editor of the window lesson, and let `act` go on."""

    async def opened(pilot: Pilot[None]) -> None:
        await pilot.press("F")
        await pilot.pause()
        await act(pilot)

    drive(app_with(store), opened, size)


def screen(pilot: Pilot[None]) -> FixScreen:
    found = pilot.app.screen
    assert isinstance(found, FixScreen)
    return found


async def write(pilot: Pilot[None], text: str) -> None:
    pilot.app.screen.query_one(CodeEditor).text = text
    await pilot.pause()


async def check(pilot: Pilot[None]) -> None:
    await pilot.press("ctrl+s")
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()


# Typing -----------------------------------------------------------------------------------------------------------


def test_the_editor_opens_on_the_function_with_the_cursor_on_its_code() -> None:
    async def act(pilot: Pilot[None]) -> None:
        editor = pilot.app.screen.query_one(CodeEditor)
        assert editor.text == text_to_fix(WINDOW)
        assert editor.cursor_location == (2, 4)
        assert "Make it say yes as long as anybody is going to run the work" in text_on(pilot.app)
        assert "This is the function as the lesson has it" in text_on(pilot.app)

    fixing(act)


def test_an_error_stands_at_its_line_while_one_types() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await pilot.press(*"workk", "enter")
        assert pilot.app.screen.query_one(CodeEditor).wrong == 3
        assert "✗ Line 3" in text_on(pilot.app)
        await pilot.press(*["backspace"] * 10)
        assert pilot.app.screen.query_one(CodeEditor).text == text_to_fix(WINDOW)
        assert pilot.app.screen.query_one(CodeEditor).wrong == 0
        assert "✗" not in text_on(pilot.app)

    fixing(act)


def test_home_and_end_go_through_the_whole_line_however_many_rows_it_has() -> None:
    async def act(pilot: Pilot[None]) -> None:
        editor = pilot.app.screen.query_one(CodeEditor)
        line = editor.document.get_line(2)
        assert len(line) > 76, "it is shown in two rows"
        await pilot.press("end")
        assert editor.cursor_location == (2, len(line))
        await pilot.press("home")
        assert editor.cursor_location == (2, 4)
        await pilot.press("home")
        assert editor.cursor_location == (2, 0)

    fixing(act)


def test_a_name_that_nobody_knows_is_told_with_the_one_that_was_meant() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await write(pilot, RIGHT.replace("timer_active", "timer_activ"))
        assert "✗ Line 3" in text_on(pilot.app)
        assert "'timer_activ' is defined neither here nor in the kernel, did you mean" in text_on(pilot.app)

    fixing(act)


def test_a_text_that_does_not_compile_is_not_checked_and_the_cursor_goes_to_its_line() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await write(pilot, RIGHT.replace("    return", "    x = [1]\n    return"))
        pilot.app.screen.query_one(CodeEditor).move_cursor((0, 0))
        await check(pilot)
        assert screen(pilot).desk.judgement is None
        assert pilot.app.screen.query_one(CodeEditor).cursor_location == (2, 4)
        assert "stepped code has no list" in text_on(pilot.app)

    fixing(act)


def test_enter_in_the_editor_begins_a_line_further_in_after_a_colon() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await write(pilot, "def kthread_work_pending(work):")
        pilot.app.screen.query_one(CodeEditor).move_cursor((0, 31))
        await pilot.press("enter", *"return", "enter")
        assert screen(pilot).text == "def kthread_work_pending(work):\n    return\n    "

    fixing(act)


# Checking ---------------------------------------------------------------------------------------------------------


def test_where_the_cursor_is_at_the_error_already_it_stays_there() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("down", "end", *" +")
        editor = pilot.app.screen.query_one(CodeEditor)
        row, column = editor.cursor_location
        await pilot.press("ctrl+s")
        assert editor.wrong == row + 1 and editor.cursor_location == (row, column)
        await pilot.press("up", "ctrl+s")
        assert editor.cursor_location[0] == row

    fixing(act)


def test_a_wrong_fix_is_refuted_in_words_and_the_lesson_says_why_it_tempts() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await write(pilot, REFUSES.code.text)
        await check(pilot)
        assert "✗ Refuted" in text_on(pilot.app)
        assert "refuses dwork.work to client on CPU0" in text_on(pilot.app)
        assert "A delayed work has a timer for life" in text_on(pilot.app)
        assert "That breaks refusal-kept." in text_on(pilot.app)

    fixing(act)


def test_a_text_that_was_refuted_is_so_when_the_editor_opens_again_and_when_it_is_as_before() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await write(pilot, REFUSES.code.text)
        await check(pilot)
        await pilot.press("escape")
        assert isinstance(pilot.app.screen, PlayerScreen)
        await pilot.press("F")
        assert "✗ Refuted" in text_on(pilot.app)
        assert "A delayed work has a timer for life" in text_on(pilot.app)
        await write(pilot, RIGHT)
        assert "Refuted" not in text_on(pilot.app)
        await write(pilot, REFUSES.code.text)
        assert "✗ Refuted" in text_on(pilot.app)

    fixing(act)


def test_the_counterexample_opens_in_the_player_and_runs_the_learners_code() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await write(pilot, WAITS.code.text)
        await check(pilot)
        await pilot.press("enter")
        player = pilot.app.screen
        assert isinstance(player, WatchScreen)
        text = text_on(pilot.app)
        assert "Your kthread_work_pending()" in text and "This runs your kthread_work_pending()" in text
        shown = []
        while player.play.beat is not None:
            await pilot.press("space")
            shown.append(text_on(pilot.app))
        ran = [step for step in player.play.session.steps if step.file == "your code"]
        assert {step.line for step in ran} == {3, 4, 5}
        assert any("4~" in text and "del_timer_sync(work.timer)" in text for text in shown)
        assert "your code" in text_on(pilot.app)
        assert player.play.session.bad_end.startswith("nothing can go on: second")
        await pilot.press("q")
        assert screen(pilot).text == WAITS.code.text
        assert "✗ Refuted" in text_on(pilot.app)

    fixing(act)


def test_the_player_offers_no_token_of_the_learners_code_and_says_why() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await write(pilot, REFUSES.code.text)
        await check(pilot)
        await pilot.press("enter")
        assert " y " not in text_on(pilot.app).splitlines()[-1]
        await pilot.press("y")
        assert pilot.app.clipboard == ""
        assert "There is no token of this" in text_on(pilot.app)
        assert "kt1/" not in text_on(pilot.app)

    assert "a token names a lesson" in NO_TOKEN
    fixing(act)


def test_watching_a_counterexample_leaves_the_progress_in_the_lesson_alone() -> None:
    store = store_of()

    async def act(pilot: Pilot[None]) -> None:
        before = store.load().of(WINDOW.id)
        await write(pilot, REFUSES.code.text)
        await check(pilot)
        await pilot.press("enter", "space", "space", "q")
        after = store.load().of(WINDOW.id)
        assert replace(after, draft="") == replace(before, draft="")
        await pilot.press("escape")
        assert type(pilot.app.screen) is PlayerScreen
        assert pilot.app.screen.play.lesson == WINDOW

    fixing(act, store)


def test_a_right_fix_is_proved_and_kept() -> None:
    store = store_of()

    async def act(pilot: Pilot[None]) -> None:
        await write(pilot, RIGHT)
        await check(pilot)
        assert "✓ Proved" in text_on(pilot.app)
        assert "It holds under all" in text_on(pilot.app) and "interleavings" in text_on(pilot.app)
        kept = store.load().of(WINDOW.id)
        assert (kept.fixed, kept.fixed_for) == (RIGHT, key_of_proof(WINDOW))
        await pilot.press("escape", "q")
        await pilot.pause()
        assert "your kthread_work_pending() is proved under all interleavings" in text_on(pilot.app)

    fixing(act, store)


def test_a_proof_of_an_older_lesson_does_not_count() -> None:
    old = LessonProgress(draft=RIGHT, fixed=RIGHT, fixed_for="00000000")

    async def act(pilot: Pilot[None]) -> None:
        assert "Proved" not in text_on(pilot.app)
        await pilot.press("escape", "q")
        await pilot.pause()
        assert "was proved for an older lesson" in text_on(pilot.app)

    fixing(act, store_of(timer_window=old))


def test_a_proved_text_that_is_changed_is_proved_no_more_and_again_when_it_is_as_before() -> None:
    proved = LessonProgress(draft=RIGHT, fixed=RIGHT, fixed_for=key_of_proof(WINDOW))

    async def act(pilot: Pilot[None]) -> None:
        assert "This text was proved earlier" in text_on(pilot.app)
        await pilot.press(*"pass", "enter")
        assert "Proved" not in text_on(pilot.app)
        await write(pilot, RIGHT)
        assert "This text was proved earlier" in text_on(pilot.app)

    fixing(act, store_of(timer_window=proved))


def test_undetermined_is_shown_as_such_and_nothing_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fix_module, "MOST_STATES", 500)
    store = store_of()

    async def act(pilot: Pilot[None]) -> None:
        await write(pilot, RIGHT)
        await check(pilot)
        assert "Undetermined: nothing is proved" in text_on(pilot.app)
        assert "The search ended at 500 states" in text_on(pilot.app)
        assert store.load().of(WINDOW.id).fixed == ""

    fixing(act, store)


class Slow:
    """A judge that goes on until it is told to end, and then says that all is well, as late as can be."""

    def __init__(self) -> None:
        self.ended = threading.Event()
        self.may_answer = threading.Event()

    def __call__(self, lesson: object, text: str, *, interrupted: Callable[[int], str]) -> Judgement:
        real = fix_module.judge_fix(WINDOW, RIGHT)
        while not interrupted(1234):
            self.may_answer.wait(0.01)
        self.ended.set()
        self.may_answer.wait(10)
        return real


def test_esc_ends_a_check_and_what_it_says_later_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    slow, store = Slow(), store_of()
    monkeypatch.setattr(screen_module, "judge_fix", slow)
    monkeypatch.setattr(screen_module, "PROGRESS_SECONDS", 0)

    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("ctrl+s")
        while not screen(pilot).desk.running:
            await pilot.pause(0.01)
        assert "1,234 states so far" in text_on(pilot.app)
        await pilot.press("escape")
        assert "The check was ended after 1,234 states: nothing is proved." in text_on(pilot.app)
        assert slow.ended.wait(10)
        slow.may_answer.set()
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()
        assert "Proved" not in text_on(pilot.app)
        assert store.load().of(WINDOW.id).fixed == ""

    fixing(act, store)


def test_typing_goes_on_while_a_check_runs_and_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    slow = Slow()
    monkeypatch.setattr(screen_module, "judge_fix", slow)

    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("ctrl+s", "x")
        assert slow.ended.wait(10)
        assert screen(pilot).desk.running is None
        assert screen(pilot).text == text_to_fix(WINDOW).replace("return", "xreturn")
        slow.may_answer.set()

    fixing(act)


def test_leaving_the_program_ends_the_check_and_keeps_the_text(monkeypatch: pytest.MonkeyPatch) -> None:
    slow, store = Slow(), store_of()
    monkeypatch.setattr(screen_module, "judge_fix", slow)
    slow.may_answer.set()

    async def act(pilot: Pilot[None]) -> None:
        await pilot.press(*"pass", "enter", "ctrl+s", "ctrl+q")

    fixing(act, store)
    assert slow.ended.is_set()
    assert "    pass\n    return not" in store.load().of(WINDOW.id).draft


def test_a_book_that_was_pasted_is_refused_at_once_and_not_remembered() -> None:
    store = store_of()

    async def act(pilot: Pilot[None]) -> None:
        await write(pilot, "x = 1\n" * 20_000)
        assert "the text has 120,000 characters, 10,000 are possible" in text_on(pilot.app)
        await pilot.press("escape")
        assert store.load().of(WINDOW.id).draft == ""

    fixing(act, store)


# Coming back ------------------------------------------------------------------------------------------------------


def test_a_draft_survives_leaving_the_screen_and_the_program(tmp_path: Path) -> None:
    path = tmp_path / "progress.json"

    async def leave(pilot: Pilot[None]) -> None:
        await write(pilot, REFUSES.code.text)
        await pilot.press("escape")
        await pilot.press("F")
        await pilot.pause()
        assert screen(pilot).text == REFUSES.code.text

    async def come_back(pilot: Pilot[None]) -> None:
        assert screen(pilot).text == REFUSES.code.text

    fixing(leave, ProgressStore(path))
    fixing(come_back, ProgressStore(path))


def test_looking_at_the_function_is_no_draft_and_starting_again_forgets_it() -> None:
    store = store_of()

    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("escape", "F")
        await pilot.pause()
        assert store.load().of(WINDOW.id).draft == ""
        await write(pilot, RIGHT)
        assert store.load().of(WINDOW.id).draft == RIGHT
        await pilot.press("f4", "y")
        await pilot.pause()
        assert store.load().of(WINDOW.id).draft == ""
        await pilot.press("ctrl+q")

    fixing(act, store)
    assert store.load().of(WINDOW.id).draft == ""


def test_the_lessons_text_comes_back_only_if_one_is_sure() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await write(pilot, RIGHT)
        await pilot.press("f4", "n")
        assert screen(pilot).text == RIGHT
        await pilot.press("f4", "y")
        await pilot.pause()
        assert screen(pilot).text == text_to_fix(WINDOW)

    fixing(act)


def test_the_answer_is_shown_after_a_question_or_a_proof() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("f3")
        await pilot.pause()
        assert "This shows the answer." in text_on(pilot.app)
        await pilot.press("n")
        assert isinstance(pilot.app.screen, FixScreen)
        await pilot.press("f3", "y")
        await pilot.pause()
        assert isinstance(pilot.app.screen, AnswerScreen)
        assert "The given answer is the code as posted." in text_on(pilot.app)
        await pilot.press("escape")
        await write(pilot, RIGHT)
        await check(pilot)
        await pilot.press("enter")
        assert isinstance(pilot.app.screen, AnswerScreen)
        assert "They are the same, line for line." in text_on(pilot.app)

    fixing(act)


def test_typing_on_the_outcome_goes_on_in_the_editor() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await write(pilot, RIGHT)
        await check(pilot)
        assert isinstance(pilot.app.focused, OutcomePane)
        await pilot.press("x")
        assert isinstance(pilot.app.focused, CodeEditor)
        assert screen(pilot).text.startswith("xdef")
        assert "✗ Line 1" in text_on(pilot.app)
        await write(pilot, RIGHT)
        await check(pilot)
        pilot.app.screen.query_one(CodeEditor).move_cursor((2, 0))
        await pilot.press("end")
        await pilot.pause()
        await pilot.press("backspace")
        assert screen(pilot).text.rstrip() == RIGHT.rstrip()[:-1]

    fixing(act)


def test_a_lesson_without_a_function_to_mend_says_so() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("F")
        assert "This lesson has no function to mend." in text_on(pilot.app)

    drive(KtwvizApp(store_of(), lessons=LESSONS, start=LESSONS[0]), act)


def test_a_fix_of_a_function_that_does_not_exist_is_told_in_the_lesson() -> None:
    wrong = replace(WINDOW, fix=replace(fix_of_window(), function="kthread_work_pendin"))

    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("F")
        await pilot.pause()
        assert "the kernel has no function 'kthread_work_pendin', did you mean" in text_on(pilot.app)

    drive(KtwvizApp(store_of(), lessons=LESSONS, start=wrong), act)


def test_the_palette_offers_the_fix_in_a_lesson_that_has_one() -> None:
    async def act(pilot: Pilot[None]) -> None:
        app = pilot.app
        assert isinstance(app, KtwvizApp)
        assert "Fix it" in [command.title for command in app.get_system_commands(app.screen)]
        await pilot.press("F")
        await pilot.pause()
        assert "Fix it" not in [command.title for command in app.get_system_commands(app.screen)]
        app.switch_lesson(LESSONS[0])
        await pilot.pause()
        assert isinstance(app.screen, PlayerScreen) and app.screen.play.lesson == LESSONS[0]
        assert len(app.screen_stack) == 2

    drive(app_with(), act)


# Drawing ----------------------------------------------------------------------------------------------------------


def test_every_line_of_a_text_has_its_colours() -> None:
    text = 'def f(x):\n    """Two\n    lines."""\n    return 1  # so\n'
    spans = spans_of(text)
    assert len(spans) == len(text.split("\n"))
    assert spans[0] == ((0, 3, "code--keyword"), (4, 5, "code--name"))
    assert spans[2] == ((0, 13, "code--quiet"),)
    assert spans[3] == ((4, 10, "code--keyword"), (11, 12, "code--number"), (14, 18, "code--quiet"))


def test_the_first_line_of_code_is_found_below_the_docstring() -> None:
    assert first_line_of_code('def f():\n    """Says."""\n    return 1\n') == 3
    assert first_line_of_code("def f():\n    return 1\n") == 2
    assert first_line_of_code("def f(:") == first_line_of_code("") == 1
    assert (indent_after("    if x:"), indent_after("    y = 1")) == ("        ", "    ")


def test_the_comparison_tells_the_learners_text_from_the_answer() -> None:
    page = draw_comparison(LOCK, text_to_fix(LOCK), UNICODE).plain
    assert "-    spin_lock(worker.lock)" in page
    assert "+    flags = spin_lock_irqsave(worker.lock)" in page
    assert "1. It switches interrupts on at the end" in page


def test_a_schedule_that_is_left_can_be_taken_up_again() -> None:
    play = replay_of(fix_module.judge_fix(WINDOW, WAITS.code.text))
    play.advance()
    play.session.choose("3")
    assert not play.on_script
    play.session.back()
    assert play.narration() == play.lesson.beats[0].narration
    assert play.along_walk and play.session.swap_branch()
    while play.beat is not None:
        before = play.session.cursor
        play.advance()
        assert play.session.cursor > before
    assert play.session.schedule() == play.script.keys
    assert play.session.bad_end
