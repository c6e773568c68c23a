"""The home screen: what it tells, and where its keys lead."""

from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot

from ktwviz.lesson.shelf import Part, first_to_mark
from ktwviz.progress.model import LessonProgress, Progress
from ktwviz.progress.store import ProgressStore
from ktwviz.tui.home.about import draw_about
from ktwviz.tui.home.headline import draw_progress
from ktwviz.tui.home.lessons import LessonList, LessonRow, draw_count, listed, matching, row_of
from ktwviz.tui.home.proved import ProvedPane, draw_proved
from ktwviz.tui.home.scene import Home
from ktwviz.tui.home.screen import HomeScreen
from ktwviz.tui.player.screen import PlayerScreen
from ktwviz.tui.symbols import ASCII, UNICODE
from tests.tui.frames import SIZES, app_at, drive, frame, store_of, text_of
from tests.tui.lessons import SHELF, WINDOW
from tests.tui.shipped import LESSONS, shipped_app, text_on

SOLVED = LessonProgress(solved=True, best=9, token="t", proved="kt1/one-tick@3f2a/1*4")
BEGUN = LessonProgress(beat=2, quiz={"2": True}, hints=1)


def home(**lessons: LessonProgress) -> Home:
    progress = Progress({name.replace("_", "-"): one for name, one in lessons.items()})
    return Home(SHELF, progress, WINDOW)


def test_a_row_tells_state_number_title_minutes_and_kind() -> None:
    row = LessonRow(WINDOW, BEGUN, True, 70, UNICODE).drawn().plain
    assert row.split() == ["▶", "◐", "04", "Neither", "pending", "nor", "queued", "6", "min", "race"]
    assert LessonRow(WINDOW, SOLVED, False, 70, ASCII).drawn().plain.startswith("  [x] 04")


def test_the_first_line_counts_what_is_solved() -> None:
    line = draw_progress(home(one_tick=SOLVED), 80, UNICODE).plain
    assert line.startswith(" ktwviz > lessons   1/11 solved  ██░░")


def test_the_description_tells_how_far_the_learner_is() -> None:
    drawn = text_of(draw_about(home(timer_window=BEGUN), 70, 20, UNICODE))
    assert "Needs     03, not yet solved" in drawn
    assert "Best      not solved yet  goal in at most 120 steps" in drawn
    assert "So far    beat 2/4   quiz 1/1 right   hints 1" in drawn


def test_a_beginner_reads_how_to_move() -> None:
    drawn = text_of(draw_about(home(), 70, 20, UNICODE))
    assert "space  runs its next step, and left takes it back" in drawn


def test_a_short_pane_keeps_the_facts_and_cuts_the_introduction() -> None:
    lines = draw_about(home(timer_window=BEGUN), 70, 9, UNICODE)
    assert len(lines) <= 9
    assert any("So far" in line.plain for line in lines)


PARTS = (
    Part("machine", "The machine", "A worker and a list."),
    Part("misuse", "Misuse", "What no lock forgives."),
)


def test_lessons_stand_below_the_title_of_their_part() -> None:
    shelf = (replace(SHELF[0], part="machine"), replace(SHELF[1], part="misuse"), SHELF[2])
    shown = Home(shelf, Progress({"meet-the-worker": SOLVED}), shelf[0], parts=PARTS)
    assert listed(shown, shelf) == [PARTS[0], shelf[0], PARTS[1], shelf[1], shelf[2]]
    assert listed(shown, shelf[1:2]) == [PARTS[1], shelf[1]]
    assert row_of(shown, PARTS[0], 70, UNICODE).drawn().plain.split() == ["The", "machine", "1/1"]


def test_the_first_lesson_of_a_part_leads_into_it_where_there_is_room() -> None:
    shelf = (replace(SHELF[0], part="machine"), replace(SHELF[1], part="machine"))
    told = [
        text_of(draw_about(Home(shelf, Progress(), marked, parts=PARTS), 70, height, UNICODE))
        for marked, height in ((shelf[0], 20), (shelf[1], 20), (shelf[0], 5))
    ]
    assert ["A worker and a list." in text for text in told] == [True, False, False]


def test_what_was_proved_stands_with_its_schedule() -> None:
    assert "kt1/one-tick@3f2a/1*4" in text_of(draw_proved(home(one_tick=SOLVED), 120, 9, UNICODE))


LONG = LessonProgress(solved=True, proved="kt1/timer-window@3f2a/1*4.t.2*3.4*2.1.2.1.2.1.2.1.2.4*11.2*3")


def test_of_what_was_proved_the_text_gives_way_and_the_token_never_does() -> None:
    for width in (76, 96, 116, 196):
        drawn = draw_proved(home(timer_window=LONG, one_tick=SOLVED), width, 9, UNICODE)
        assert all(line.cell_length <= width for line in drawn)
        assert LONG.proved in text_of(drawn) and SOLVED.proved in text_of(drawn)


def test_what_was_proved_and_does_not_fit_is_counted() -> None:
    drawn = text_of(draw_proved(home(one_tick=SOLVED, timer_window=SOLVED, twice=SOLVED), 116, 2, UNICODE))
    assert drawn.startswith("… 2 more: z shows all\n✓ 08 Twice on the list")


def test_the_description_of_a_solved_lesson_shows_its_token() -> None:
    assert f"Proved by {LONG.proved}" in text_of(draw_about(home(timer_window=LONG), 70, 20, UNICODE))


def test_every_word_of_the_filter_must_occur() -> None:
    assert [lesson.id for lesson in matching(SHELF, "deadlock cancel")] == ["cancel"]
    assert matching(SHELF, "") == SHELF


def test_the_filter_searches_what_a_lesson_tells_and_not_its_code() -> None:
    assert len(matching(LESSONS, "lost")) > 3
    told = LESSONS[0].introduction.split()[:4]
    assert LESSONS[0] in matching(LESSONS, " ".join(told))
    assert "queue_kthread_work(worker" in LESSONS[0].scenario.text
    assert LESSONS[0] not in matching(LESSONS, "queue_kthread_work(worker")


def test_a_kept_filter_is_shown_with_its_count_and_the_way_out() -> None:
    line = draw_count(replace(home(), filter="lost"), 3, 78, UNICODE).plain
    assert line == "Filter: lost   3 of 11   esc shows all"
    long = draw_count(replace(home(), filter="far too many words " * 5), 3, 60, UNICODE)
    assert long.cell_length <= 58 and long.plain.endswith("…   3 of 11   esc shows all")


def test_the_lesson_touched_last_is_marked_solved_or_not() -> None:
    progress = Progress({"twice": BEGUN}, last="twice")
    marked = first_to_mark(SHELF, progress)
    assert marked is not None and marked.id == "twice"
    solved = first_to_mark(SHELF, Progress({"meet-the-worker": SOLVED}, last="meet-the-worker"))
    assert solved is not None and solved.id == "meet-the-worker"


def test_without_a_last_lesson_the_first_unsolved_one_is_marked() -> None:
    marked = first_to_mark(SHELF, Progress({"meet-the-worker": SOLVED}, last="gone"))
    assert marked is not None and marked.id == "zero-delay"


def test_enter_opens_the_marked_lesson_and_q_leads_back() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("down", "enter")
        screen = pilot.app.screen
        assert isinstance(screen, PlayerScreen) and screen.play.lesson.id == "zero-delay"
        await pilot.press("q")
        assert isinstance(pilot.app.screen, HomeScreen)

    drive(app_at(), act)


def test_the_filter_shows_what_matches_and_escape_shows_all() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("slash", *"cancel")
        screen = pilot.app.screen
        assert isinstance(screen, HomeScreen) and [lesson.id for lesson in screen.shown] == ["cancel"]
        await pilot.press("escape")
        assert screen.shown == SHELF

    drive(app_at(), act)


def test_a_filter_that_was_kept_stands_in_the_border_until_escape() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("slash", *"cancel", "enter")
        assert "Filter: cancel   1 of 11   esc shows all" in text_on(pilot.app)
        assert "esc Show all" in frame(pilot.app)[-1]
        await pilot.press("slash")
        assert not pilot.app.screen.query_one("#filter").disabled
        await pilot.press("escape")
        assert "Filter:" not in text_on(pilot.app) and "11 of 11" in text_on(pilot.app)

    drive(app_at(), act, (80, 24))


def test_a_filter_that_nothing_matches_says_so_and_how_to_get_the_list_back() -> None:
    async def act(pilot: Pilot[None]) -> None:
        before = frame(pilot.app)
        await pilot.press("slash", *"len(worker.work_list)==1", "enter")
        said = text_on(pilot.app)
        assert "No lesson matches." in said and "No lesson has len(worker.work_list)==1 in its title" in said
        assert "esc  shows all lessons" in said and "0 of 37   esc shows all" in said
        await pilot.press("z")
        assert "esc  shows all lessons" in text_on(pilot.app)
        await pilot.press("z", "escape")
        await pilot.pause()
        rows = [
            [line.split("▇")[0].strip("┃ ") for line in lines[2:8]] for lines in (before, frame(pilot.app))
        ]
        assert rows[0] == rows[1]

    drive(shipped_app(), act, (80, 24))


def test_n_ends_a_filter_that_nothing_matches() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("slash", *"zzz", "enter", "n")
        screen = pilot.app.screen
        assert isinstance(screen, HomeScreen) and screen.home.marked == SHELF[0] and screen.shown == SHELF

    drive(app_at(), act, (80, 24))


@pytest.mark.parametrize("keys", [("y",), ("E",), ("R", "n")], ids="-".join)
def test_what_went_well_is_told_without_the_sign_of_a_trouble(
    keys: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # an export is written beside where the program was started
    monkeypatch.chdir(tmp_path)

    async def act(pilot: Pilot[None]) -> None:
        await pilot.press(*keys)
        await pilot.pause(0.1)
        screen = pilot.app.screen
        assert isinstance(screen, HomeScreen) and screen.home.notice
        told = next(line for line in frame(pilot.app) if screen.home.notice[:20] in line)
        assert told.startswith(f" {screen.home.notice[:20]}")

    drive(app_at(store=store_of(meet_the_worker=BEGUN)), act)


def test_n_ends_a_filter_that_hides_the_next_unsolved_lesson() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("slash", *"cancel", "enter", "n")
        screen = pilot.app.screen
        assert isinstance(screen, HomeScreen) and screen.home.marked == SHELF[9] and screen.shown == SHELF

    drive(app_at(), act, (80, 24))


def test_n_after_a_lesson_of_one_s_own_that_is_in_no_list_begins_with_the_first() -> None:
    own = replace(WINDOW, file="my.md", id="mine")
    assert Home(SHELF, Progress(), own, "").next_unsolved() == SHELF[0]


PATH = "/home/somebody/.local/state/ktwviz/progress.json.unreadable-1"


@pytest.mark.parametrize("size", SIZES, ids=["80x24", "120x40", "200x60"])
def test_what_is_told_can_be_read_in_full_until_the_next_move(size: tuple[int, int]) -> None:
    sentence = (
        f"The progress file could not be read: it is empty. It was moved to {PATH}, and you begin anew."
    )

    async def act(pilot: Pilot[None]) -> None:
        screen = pilot.app.screen
        assert isinstance(screen, HomeScreen)
        screen.tell(sentence)
        await pilot.pause()
        told = [line.strip() for line in frame(pilot.app)]
        assert sentence in " ".join(told)
        screen.tell("Another sentence.", trouble=True)
        await pilot.pause()
        assert "! Another sentence." in text_on(pilot.app) and PATH not in text_on(pilot.app)
        await pilot.press("down")
        assert "Another sentence." not in text_on(pilot.app)
        assert "01 Meet the worker" in text_on(pilot.app)

    drive(app_at(), act, size)


def test_a_state_folder_that_cannot_be_made_is_told_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file where the folder would be")
    store = ProgressStore(tmp_path / "state" / "progress.json")

    async def act(pilot: Pilot[None]) -> None:
        said = "".join(text_on(pilot.app).split())
        assert "Progresscannotbesavedin" in said and "setKTWVIZ_STATEtoafolderthatcanbewritten" in said
        await pilot.press("enter")
        assert isinstance(pilot.app.screen, PlayerScreen)

    drive(app_at(store=store), act, (80, 24))


def test_z_shows_the_focused_pane_alone() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("tab", "tab")
        assert isinstance(pilot.app.screen.focused, ProvedPane)
        await pilot.press("z")
        assert LONG.proved in text_on(pilot.app) and "Lessons" not in text_on(pilot.app)
        await pilot.press("z")
        assert "Lessons" in text_on(pilot.app)

    drive(app_at(store=store_of(timer_window=LONG)), act)


def test_at_80_columns_tab_leads_from_the_zoomed_description_to_what_was_proved() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("z")
        assert "tab What you proved" in frame(pilot.app)[-1]
        await pilot.press("tab")
        assert "What you proved so far" in text_on(pilot.app) and LONG.proved[:60] in text_on(pilot.app)
        await pilot.press("tab")
        assert "tab What you proved" in frame(pilot.app)[-1]
        await pilot.press("escape")
        assert "of 11" in text_on(pilot.app)
        assert isinstance(pilot.app.screen.focused, LessonList)

    drive(app_at(store=store_of(timer_window=LONG)), act, (80, 24))


def test_n_marks_the_next_lesson_that_is_not_solved() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("n")
        screen = pilot.app.screen
        assert isinstance(screen, HomeScreen) and screen.home.marked is not None
        assert screen.home.marked.id == "timer-window"

    drive(app_at(store=store_of(zero_delay=SOLVED, one_tick=SOLVED)), act)


def test_reset_asks_and_forgets_only_after_yes() -> None:
    store = store_of(meet_the_worker=BEGUN)

    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("R", "n")
        assert store.load().of("meet-the-worker") == BEGUN
        await pilot.press("R", "y")
        assert store.load().of("meet-the-worker") == LessonProgress()

    drive(app_at(store=store), act)


def test_help_and_quit_are_in_the_last_line_at_80_columns() -> None:
    async def act(pilot: Pilot[None]) -> None:
        assert frame(pilot.app)[-1].rstrip().endswith("? Help  q Quit")

    drive(app_at(), act, (80, 24))


def test_a_terminal_that_is_too_small_says_what_it_needs() -> None:
    async def act(pilot: Pilot[None]) -> None:
        shown = [line.strip() for line in frame(pilot.app) if line.strip()]
        assert shown == [
            "70x20 is too small: ktwviz needs 80x24.",
            "Smaller ones play with `ktwviz play --plain`.",
        ]

    drive(app_at(), act, (70, 20))


def test_keys_pressed_in_haste_all_count() -> None:
    async def act(pilot: Pilot[None]) -> None:
        lessons = pilot.app.screen.query_one(LessonList)
        for _ in range(3):
            lessons.action_cursor_down()
        lessons.action_select()
        await pilot.pause()
        screen = pilot.app.screen
        assert isinstance(screen, PlayerScreen) and screen.play.lesson == SHELF[3]

    drive(app_at(), act)


def test_z_reads_all_of_the_description_and_the_arrows_scroll_it() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("z")
        assert "scroll" in "".join(frame(pilot.app))
        top = frame(pilot.app)[3]
        await pilot.press("down")
        assert frame(pilot.app)[2] == top
        await pilot.press("escape")
        assert "04 Neither pending nor queued" in "".join(frame(pilot.app))

    drive(shipped_app(), act, (80, 24))


def test_o_shows_the_link_to_the_discussion_in_full() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("o")
        link = "https://lore.kernel.org/r/1453736711-6703-9-git-send-email-pmladek@suse.com"
        assert link in "".join(frame(pilot.app))

    drive(shipped_app(), act, (80, 24))
