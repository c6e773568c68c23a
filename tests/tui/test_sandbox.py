"""The sandbox: what is added and typed is judged at once, breaks in the player, is kept, and becomes a lesson file."""

import threading
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from ktwviz.lesson import sandbox as core
from ktwviz.lesson.additions import ADDITIONS
from ktwviz.lesson.parse import load_lesson
from ktwviz.lesson.sandbox import START, begun_anew, begun_with, look
from ktwviz.lesson.saving import LessonFile
from ktwviz.lesson.verify import check_lesson
from ktwviz.progress.model import Draft
from ktwviz.progress.store import ProgressStore
from ktwviz.tui.app import KtwvizApp
from ktwviz.tui.editor import CodeEditor
from ktwviz.tui.explorer.screen import ExplorerScreen
from ktwviz.tui.home.screen import HomeScreen
from ktwviz.tui.player.screen import PlayerScreen
from ktwviz.tui.sandbox import looking, saving
from ktwviz.tui.sandbox import screen as screen_module
from ktwviz.tui.sandbox.asking import AskPath
from ktwviz.tui.sandbox.bench import (
    ADD,
    JUDGE,
    Bench,
    addition_lines,
    draw_below,
    draw_status,
    property_lines,
)
from ktwviz.tui.sandbox.play import SandboxPlayer
from ktwviz.tui.sandbox.screen import SandboxScreen
from ktwviz.tui.symbols import ASCII, UNICODE
from tests.tui.explored import settled
from tests.tui.frames import drive, store_of, text_of
from tests.tui.shipped import LESSONS, WINDOW, text_on

Act = Callable[[Pilot[None]], Awaitable[None]]
REQUEUES = START.replace("    pass", "    queue_delayed_kthread_work(worker, dwork, 1)")
"""A work that queues itself again: `refusal-kept` breaks."""


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at once: no test waits for a clock."""
    monkeypatch.setattr(SandboxScreen, "PAUSE", 0)


def app_with(store: ProgressStore | None = None, *, ascii: bool = False) -> KtwvizApp:
    return KtwvizApp(store or store_of(), lessons=LESSONS, sandbox=(begun_anew(), ""), ascii=ascii)


def building(
    act: Act, store: ProgressStore | None = None, size: tuple[int, int] = (120, 40), *, ascii: bool = False
) -> None:
    """Open the sandbox, let the first look end, and let `act` go on."""

    async def opened(pilot: Pilot[None]) -> None:
        await settled(pilot)
        await act(pilot)

    drive(app_with(store, ascii=ascii), opened, size)


def screen(pilot: Pilot[None]) -> SandboxScreen:
    found = pilot.app.screen
    assert isinstance(found, SandboxScreen)
    return found


def player(pilot: Pilot[None]) -> SandboxPlayer:
    found = pilot.app.screen
    assert isinstance(found, SandboxPlayer)
    return found


def editor(pilot: Pilot[None]) -> CodeEditor:
    return screen(pilot).query_one(CodeEditor)


async def write(pilot: Pilot[None], text: str) -> None:
    editor(pilot).text = text
    await pilot.pause()
    await settled(pilot)


async def save_as(pilot: Pilot[None], path: Path) -> None:
    if not isinstance(pilot.app.screen, AskPath):
        await pilot.press("f8")
    assert isinstance(pilot.app.screen, AskPath)
    pilot.app.screen.query_one(Input).value = str(path)
    await pilot.press("enter")
    await pilot.pause()
    await settled(pilot)


# Building ---------------------------------------------------------------------------------------------------------


def test_the_first_scenario_is_judged_by_every_property() -> None:
    async def act(pilot: Pilot[None]) -> None:
        text = text_on(pilot.app)
        assert "✓ Nothing breaks, whatever the order" in text
        assert "Properties: all hold" in text
        assert text.count("holds") >= 12 and "✓ lists-sound" in text

    building(act)


def test_a_letter_in_the_list_adds_to_the_task_in_which_the_cursor_is() -> None:
    async def act(pilot: Pilot[None]) -> None:
        editor(pilot).move_cursor((12, 4))
        await pilot.pause()
        assert "Add to kworker()" in text_on(pilot.app)
        editor(pilot).move_cursor((8, 4))
        await pilot.press("tab", "e")
        await settled(pilot)
        assert "1)\n    flush_kthread_work(dwork.work)\n\n@task" in editor(pilot).text
        assert editor(pilot).cursor_location[0] == 9
        await pilot.press("ctrl+z")
        await settled(pilot)
        assert editor(pilot).text == START

    building(act)


def test_enter_adds_what_is_marked_and_says_where_it_goes() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("tab", "down", "down", "down")
        assert "cancel_delayed_kthread_work_sync() goes to the end of client()" in text_on(pilot.app)
        await pilot.press("enter")
        await settled(pilot)
        assert "    cancel_delayed_kthread_work_sync(dwork)\n" in editor(pilot).text

    building(act)


def test_version_memory_and_cpus_are_chosen_by_key_or_by_enter() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("tab", "v", "m", "3")
        await settled(pilot)
        assert screen(pilot).draft.version == "merged-2016"
        assert editor(pilot).text.startswith('cpus = 3\nmemory = "tso"\n')
        assert "merged-2016   tso   3 CPUs" in text_on(pilot.app).splitlines()[0]
        await pilot.press("up", "enter")
        await settled(pilot)
        assert "cpus = 4" in editor(pilot).text
        assert screen(pilot).bench.looked is not None and not screen(pilot).bench.troubles

    building(act)


def test_letters_are_text_in_the_editor() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("a", "v", "1")
        assert editor(pilot).text == "av1" + START

    building(act)


def test_an_error_stands_at_its_line_while_one_types() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await write(pilot, START.replace("func=run", "func=rum"))
        assert editor(pilot).wrong == 2
        assert "✗ Line 2" in text_on(pilot.app) and "did you mean 'run'" in text_on(pilot.app)
        await write(pilot, START.replace("    pass", "    x = [1]"))
        assert editor(pilot).wrong == 5
        assert "stepped code has no list" in text_on(pilot.app)
        await write(pilot, START)
        assert editor(pilot).wrong == 0 and "✗" not in text_on(pilot.app)

    building(act)


def test_nothing_is_added_to_a_text_that_cannot_be_read_and_that_is_said() -> None:
    async def act(pilot: Pilot[None]) -> None:
        broken = START.replace("def run(work):", "def run(work:")
        await write(pilot, broken)
        await pilot.press("tab", "a")
        await settled(pilot)
        assert editor(pilot).text == broken
        assert "Nothing was added: line 4:" in text_on(pilot.app)

    building(act)


# Verdicts ---------------------------------------------------------------------------------------------------------


def test_a_verdict_changes_with_the_text() -> None:
    async def act(pilot: Pilot[None]) -> None:
        assert "✓ refusal-kept" in text_on(pilot.app)
        await write(pilot, REQUEUES)
        text = text_on(pilot.app)
        assert "✗ refusal-kept" in text and "✗ Broken: refusal-kept" in text
        assert "Properties: 1 broken" in text
        assert screen(pilot).bench.names[0] == "refusal-kept"
        await write(pilot, START)
        assert "✓ refusal-kept" in text_on(pilot.app)

    building(act)


def test_no_verdict_of_the_old_text_stays_beside_the_new_one(monkeypatch: pytest.MonkeyPatch) -> None:
    async def act(pilot: Pilot[None]) -> None:
        monkeypatch.setattr(SandboxScreen, "look", lambda self: None)
        await write(pilot, REQUEUES)
        assert "holds" not in text_on(pilot.app) and "Nothing breaks" not in text_on(pilot.app)
        assert "Looking at it" in text_on(pilot.app)

    building(act)


def test_what_a_short_look_leaves_open_is_not_known_until_all_is_checked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def short(draft: Draft, **how: object) -> core.Looked:
        return look(draft, most_states=100 if "most_states" not in how else 300_000)

    monkeypatch.setattr(screen_module, "look", short)

    async def act(pilot: Pilot[None]) -> None:
        text = text_on(pilot.app)
        assert "Undetermined: nothing breaks so far" in text and "not known yet" in text
        assert "26 not known" in text and "✓" not in text
        assert "ctrl+s goes on to 300,000." in text
        await pilot.press("ctrl+s")
        await settled(pilot)
        assert "✓ Nothing breaks, whatever the order" in text_on(pilot.app)

    building(act)


def test_esc_ends_the_whole_check_and_what_it_says_later_does_not_count(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    goes_on = threading.Event()

    async def act(pilot: Pilot[None]) -> None:
        def slow(draft: Draft, *, most_states: int, interrupted: Callable[[int], str]) -> core.Looked:
            interrupted(5)
            goes_on.wait(10)
            return look(Draft(REQUEUES))

        monkeypatch.setattr(screen_module, "look", slow)
        monkeypatch.setattr(looking, "PROGRESS_SECONDS", 0)
        await pilot.press("ctrl+s")
        while "5 states so far" not in text_on(pilot.app):
            await pilot.pause(0.01)
        assert "Checking" in text_on(pilot.app)
        await pilot.press("escape")
        assert "You ended it after 5 states: what was not seen is not known." in text_on(pilot.app)
        goes_on.set()
        await settled(pilot)
        assert "✗" not in text_on(pilot.app)
        assert isinstance(pilot.app.screen, SandboxScreen)

    building(act)


def test_typing_ends_a_look_at_the_old_text(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    async def act(pilot: Pilot[None]) -> None:
        def slow(draft: Draft, *, interrupted: Callable[[int], str]) -> core.Looked:
            if draft.text != START:
                return look(draft)
            while not interrupted(1):
                pass
            asked.append(draft.text)
            return look(draft)

        monkeypatch.setattr(screen_module, "look", slow)
        screen(pilot).look()
        await write(pilot, REQUEUES)
        assert asked == [START]
        assert "✗ refusal-kept" in text_on(pilot.app)

    building(act)


# In the player and the explorer -----------------------------------------------------------------------------------


def test_a_broken_property_opens_in_the_player_and_q_leads_back_to_the_text() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await write(pilot, REQUEUES)
        await pilot.press("tab", "tab")
        assert "enter plays the steps that lead there" in text_on(pilot.app)
        await pilot.press("enter")
        await pilot.pause()
        assert "How refusal-kept breaks" in text_on(pilot.app)
        while player(pilot).play.beat is not None:
            await pilot.press("space")
        found = look(Draft(REQUEUES)).broken[0]
        assert player(pilot).play.session.schedule() == found.keys
        assert "This breaks refusal-kept:" in text_on(pilot.app)
        await pilot.press("q")
        await pilot.pause()
        assert screen(pilot).draft.text == REQUEUES and "✗ refusal-kept" in text_on(pilot.app)

    building(act)


def test_enter_on_a_property_that_holds_says_that_there_is_nothing_to_play() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("tab", "tab", "down", "enter")
        assert "no-deadlock holds: there is nothing to play." in text_on(pilot.app)
        assert "Play it" not in text_on(pilot.app)
        await write(pilot, REQUEUES)
        await pilot.press("up", "up")
        assert screen(pilot).bench.asked == "refusal-kept" and "enter Play it" in text_on(pilot.app)

    building(act)


def test_f2_plays_it_from_the_start_and_leaves_progress_alone() -> None:
    store = store_of()

    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("f2")
        await pilot.pause()
        assert "Your scenario. The digits decide who runs" in text_on(pilot.app)
        await pilot.press("1", "1", "2", "q")
        await pilot.pause()
        assert isinstance(pilot.app.screen, SandboxScreen)
        assert store.load().lessons == {}

    building(act, store)


def test_a_scenario_that_does_not_run_is_not_played_and_the_cursor_goes_to_its_line() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await write(pilot, START.replace("func=run", "func=rum"))
        for key in ("f2", "f3", "f8"):
            await pilot.press(key)
            await pilot.pause()
            assert "It does not run yet:" in text_on(pilot.app)
        assert editor(pilot).cursor_location[0] == 1

    building(act)


def test_f3_explores_it_and_enter_there_plays_what_is_selected() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await write(pilot, REQUEUES)
        await pilot.press("f3")
        await settled(pilot)
        assert isinstance(pilot.app.screen, ExplorerScreen)
        assert "kt1/" not in text_on(pilot.app)
        await pilot.press("y")
        await pilot.pause()
        assert "There is no token of this yet" in text_on(pilot.app)
        await pilot.press("n", "enter")
        await settled(pilot)
        assert player(pilot).play.session.cursor == len(look(Draft(REQUEUES)).broken[0].keys or ())
        await pilot.press("q")
        await pilot.pause()
        await write(pilot, START)
        await pilot.press("f3")
        await settled(pilot)
        assert "Nothing breaks" in text_on(pilot.app), "what was found in the older text does not count"

    building(act)


def test_the_explorer_of_the_player_leads_back_to_that_player() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("f2", "1", "x")
        await settled(pilot)
        await pilot.press("right", "enter")
        await settled(pilot)
        assert player(pilot).play.session.cursor >= 1
        assert "the explorer's schedule, in your scenario" in text_on(pilot.app)
        await pilot.press("q")
        await pilot.pause()
        assert isinstance(pilot.app.screen, SandboxScreen)

    building(act)


# Saving -----------------------------------------------------------------------------------------------------------


def test_it_is_saved_as_a_lesson_that_passes_its_check_and_gives_tokens_that_play(tmp_path: Path) -> None:
    path = tmp_path / "my-race.md"

    async def act(pilot: Pilot[None]) -> None:
        await write(pilot, REQUEUES)
        await pilot.press("f2", "y")
        await pilot.pause()
        assert "There is no token of this yet" in text_on(pilot.app) and pilot.app.clipboard == ""
        await pilot.press("q")
        await save_as(pilot, path)
        assert "Saved." in text_on(pilot.app)
        await pilot.press("f2", "1", "1", "y")
        await pilot.pause()
        assert pilot.app.clipboard.startswith("kt1/my-race@")
        assert "ktwviz replay --lesson" in text_on(pilot.app)

    building(act)
    lesson = load_lesson(path)
    assert check_lesson(lesson).troubles == []
    assert [claim.claim for claim in lesson.properties] == ["refusal-kept"]


def test_what_the_saving_found_out_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def short(draft: Draft, *, most_states: int = 0, interrupted: Callable[[int], str]) -> core.Looked:
        return look(draft, most_states=3, interrupted=interrupted)

    monkeypatch.setattr(screen_module, "look", short)

    async def act(pilot: Pilot[None]) -> None:
        assert "Undetermined" in text_on(pilot.app)
        await save_as(pilot, tmp_path / "whole.md")
        assert "Saved." in text_on(pilot.app)
        assert "Undetermined" not in text_on(pilot.app) and "not known" not in text_on(pilot.app)

    building(act)


def test_esc_while_it_is_checked_to_be_saved_says_that_nothing_was_saved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, goes_on = threading.Event(), threading.Event()

    def slow(draft: Draft, path: str, *, interrupted: Callable[[int], str]) -> LessonFile:
        begun.set()
        goes_on.wait(10)
        return LessonFile(draft, "late", "late", look(draft))

    monkeypatch.setattr(saving, "lesson_file", slow)

    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("f8")
        pilot.app.screen.query_one(Input).value = str(tmp_path / "late.md")
        await pilot.press("enter")
        while not begun.is_set():
            await pilot.pause(0.01)
        await pilot.press("escape")
        assert "You ended it after 0 states: nothing was saved." in text_on(pilot.app)
        goes_on.set()
        await settled(pilot)
        assert not (tmp_path / "late.md").exists()

    building(act)


def test_a_file_that_is_there_is_written_over_only_if_one_is_sure(tmp_path: Path) -> None:
    path = tmp_path / "mine.md"
    path.write_text("precious")

    async def act(pilot: Pilot[None]) -> None:
        await save_as(pilot, path)
        assert "is there. Write over it?" in text_on(pilot.app)
        await pilot.press("n")
        await pilot.pause()
        assert "Nothing was saved:" in text_on(pilot.app) and path.read_text() == "precious"
        assert pilot.app.screen.query_one(Input).value == str(path)
        await save_as(pilot, path.with_suffix(""))
        await pilot.press("y")
        await settled(pilot)
        assert check_lesson(load_lesson(path)).troubles == []

    building(act)


def test_a_path_that_cannot_be_keeps_the_question_open_with_what_was_typed(tmp_path: Path) -> None:
    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("tab")
        await save_as(pilot, tmp_path)
        assert "✗ It is a folder: give the file a name." in text_on(pilot.app)
        await save_as(pilot, tmp_path / "none" / "a.md")
        assert "✗ It has no folder: make it first." in text_on(pilot.app)
        await pilot.press("a", "e")
        assert "ae" in pilot.app.screen.query_one(Input).value
        await pilot.press("escape")
        await pilot.pause()
        assert "Nothing was saved." in text_on(pilot.app) and editor(pilot).text == START

    building(act)


def test_a_file_that_cannot_be_written_is_asked_for_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, text: str, *, overwrite: bool) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(saving, "write_whole", full)

    async def act(pilot: Pilot[None]) -> None:
        await save_as(pilot, tmp_path / "a.md")
        assert isinstance(pilot.app.screen, AskPath)
        assert "✗ It cannot be written: no space left on device." in text_on(pilot.app)
        assert pilot.app.screen.query_one(Input).value == str(tmp_path / "a.md")

    building(act)


def test_what_is_saved_and_too_large_to_be_proved_says_so() -> None:
    told = saving.saved_words(LessonFile(Draft(START), "a", "", look(Draft(START)), "300,000 states"), "a.md")
    assert told.startswith("Saved, but too large to be proved: the check ended at 300,000 states")


# Drafts -----------------------------------------------------------------------------------------------------------


def test_a_draft_survives_leaving_the_screen_and_the_program(tmp_path: Path) -> None:
    path = tmp_path / "progress.json"

    async def type_something(pilot: Pilot[None]) -> None:
        await pilot.press(*"# mine", "enter")
        await settled(pilot)
        await pilot.press("escape")
        await pilot.pause()
        assert isinstance(pilot.app.screen, HomeScreen)

    building(type_something, ProgressStore(path))
    assert ProgressStore(path).load().sandbox == {"": Draft("# mine\n" + START)}

    async def quit_at_once(pilot: Pilot[None]) -> None:
        assert editor(pilot).text == "# mine\n" + START
        assert "This is your draft" in text_on(pilot.app)
        await pilot.press("x", "ctrl+q")

    building(quit_at_once, ProgressStore(path))
    assert ProgressStore(path).load().sandbox[""].text.startswith("x# mine")


def test_starting_again_asks_first_and_forgets_the_draft() -> None:
    store = store_of()

    async def act(pilot: Pilot[None]) -> None:
        await write(pilot, REQUEUES)
        assert store.load().sandbox[""].text == REQUEUES
        await pilot.press("f4", "n")
        assert editor(pilot).text == REQUEUES
        await pilot.press("f4", "y")
        await settled(pilot)
        assert editor(pilot).text == START and store.load().sandbox == {}

    building(act, store)


def test_a_book_that_was_pasted_is_refused_and_not_remembered() -> None:
    store = store_of()

    async def act(pilot: Pilot[None]) -> None:
        await write(pilot, "# x\n" * 30_000)
        assert "100000 are possible" in text_on(pilot.app)
        await pilot.press("ctrl+q")

    building(act, store)
    assert store.load().sandbox == {}


def test_s_in_a_lesson_forks_what_is_played_and_the_draft_waits_there() -> None:
    store = store_of()

    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("s")
        await settled(pilot)
        assert "sandbox > from 04 Neither pending nor queued" in text_on(pilot.app)
        assert screen(pilot).draft.version == "pending-only"
        assert "✗ Broken: no-warning, lists-sound" in text_on(pilot.app)
        await pilot.press("tab", "v")
        await settled(pilot)
        assert screen(pilot).draft.version == "v4" and "✗ " not in text_on(pilot.app)
        await pilot.press("escape")
        await pilot.pause()
        assert type(pilot.app.screen) is PlayerScreen and pilot.app.screen.play.lesson == WINDOW
        await pilot.press("s")
        await settled(pilot)
        assert screen(pilot).draft.version == "v4"

    drive(KtwvizApp(store, lessons=LESSONS, start=WINDOW), act)
    assert list(store.load().sandbox) == ["timer-window"]


def test_s_on_the_home_screen_and_the_palette_open_the_sandbox() -> None:
    async def act(pilot: Pilot[None]) -> None:
        names = {command.title for command in pilot.app.get_system_commands(pilot.app.screen)}
        assert "Sandbox" in names and "Save the scenario" not in names
        await pilot.press("s")
        await settled(pilot)
        assert screen(pilot).draft.text == START
        names = {command.title for command in pilot.app.get_system_commands(pilot.app.screen)}
        assert {"Save the scenario", "Check the scenario", "Explore the scenario"} <= names
        app = pilot.app
        assert isinstance(app, KtwvizApp)
        await pilot.press("f2")
        app.open_sandbox()
        await pilot.pause()
        assert [type(one) for one in app.screen_stack][-1:] == [SandboxScreen]
        assert sum(isinstance(one, SandboxScreen) for one in app.screen_stack) == 1
        app.switch_lesson(WINDOW)
        await pilot.pause()
        assert not any(isinstance(one, SandboxScreen) for one in app.screen_stack)

    drive(KtwvizApp(store_of(), lessons=LESSONS), act)


def test_a_version_of_the_command_line_is_that_of_the_draft() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await settled(pilot)
        assert screen(pilot).draft.version == "merged"

    drive(KtwvizApp(store_of(), lessons=LESSONS, sandbox=(begun_with("4"), "merged")), act)


# What is drawn ----------------------------------------------------------------------------------------------------


def test_at_80x24_the_column_folds_and_tab_opens_one_list_after_the_other() -> None:
    async def act(pilot: Pilot[None]) -> None:
        assert "queue the work now" not in text_on(pilot.app) and "lists-sound" not in text_on(pilot.app)
        await pilot.press("tab")
        await pilot.pause()
        text = text_on(pilot.app)
        assert "▶ a queue the work now" in text and "m memory" in text and "lists-sound" not in text
        assert "↓ 1 more" in text and "queue_delayed_kthread_work(worker," in text
        await pilot.press("tab")
        await pilot.pause()
        text = text_on(pilot.app)
        assert "▶ ✓ lists-sound" in text and "queue the work now" not in text
        assert "↓ 11 more" in text
        await pilot.press("up", "up")
        assert "↑ 11 more" in text_on(pilot.app)
        await pilot.press("tab", "z")
        await pilot.pause()
        assert editor(pilot).text.startswith("z") and "lists-sound" not in text_on(pilot.app)

    building(act, size=(80, 24))


def test_what_one_oops_leaves_open_says_why() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("tab", "g", "tab", "tab")
        await settled(pilot)
        text = " ".join(text_on(pilot.app).replace("│", " ").split())
        assert "21 are not known: nothing is followed beyond where lists-sound" in text

    building(act)


def test_where_the_scenario_itself_ends_the_search_ctrl_s_is_not_offered() -> None:
    text = START.replace(
        "    queue_delayed_kthread_work(worker, dwork, 1)",
        "    create_kthread_worker(0)\n    create_kthread_worker(0)",
    )
    bench = Bench(Draft(text), looked=look(Draft(text)))
    below = " ".join(text_of(draw_below(bench, 116, UNICODE)).split())
    assert "ended at a limit of the scenario (the scenario has no spare kthread left" in below
    assert "the rest is not known" in below and "ctrl+s" not in below


def test_the_number_of_a_wrong_line_has_a_sign() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await write(pilot, START.replace("    pass", "    pass x"))
        assert "5✗     pass x" in text_on(pilot.app)
        assert "invalid syntax, at column 10" in text_on(pilot.app)

    building(act, size=(80, 24))


def test_a_click_marks_a_line_and_another_one_does_it() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await pilot.click("AdditionsPane", offset=(8, 5))
        await pilot.pause()
        assert (screen(pilot).bench.in_hand, screen(pilot).bench.addition) == (ADD, 4)
        await pilot.click("AdditionsPane", offset=(8, 5))
        await settled(pilot)
        assert "flush_kthread_work(dwork.work)" in editor(pilot).text
        await pilot.click("PropertiesPane", offset=(8, 3))
        await pilot.pause()
        assert (screen(pilot).bench.in_hand, screen(pilot).bench.asked) == (JUDGE, "no-warning")

    building(act)


def test_in_ascii_everything_is_ascii() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await write(pilot, REQUEUES)
        await pilot.press("tab", "tab")
        await pilot.pause()
        text = text_on(pilot.app)
        assert text.isascii() and "> X refusal-kept" in text

    building(act, ascii=True)


def test_the_list_of_what_can_be_added_tells_what_is_settled() -> None:
    bench = Bench(Draft("cpus = 1\n" + START, "merged-2021"), in_hand=ADD, addition=1)
    lines = text_of(addition_lines(bench, 37, UNICODE)).splitlines()
    assert lines[1] == "▶ b queue the delayed work"
    assert lines[12] == "  n a device with one interrupt", "m is the order of memory"
    assert lines[13:] == ["  v code merged-2021", "  m memory one order (sc)", "  1-4 CPUs 1"]
    assert len(lines) == len(ADDITIONS) + 3


def test_a_property_tells_how_it_breaks_in_how_many_steps_and_what_it_asks_for() -> None:
    found = look(Draft(REQUEUES))
    names = tuple(verdict.property for verdict in core.by_weight(found.verdicts))
    bench = Bench(Draft(REQUEUES), looked=found, names=names, in_hand=JUDGE, asked="refusal-kept")
    steps = len(found.broken[0].keys or ())
    assert text_of(property_lines(bench, 40, UNICODE)[:1]).split() == [
        "▶",
        "✗",
        "refusal-kept",
        str(steps),
        "steps",
    ]
    below = " ".join(text_of(draw_below(bench, 116, UNICODE)).split())
    assert found.broken[0].how in below and "enter plays the steps that lead there" in below
    assert draw_status(bench, ASCII).plain == "X Broken: refusal-kept"
