"""The matrix on the screen: cells as they come, the selected one in words, and where the keys lead."""

import threading
from collections.abc import Callable, Iterator, Sequence

import pytest
from textual.pilot import Pilot

from ktwviz.kernel.history import came_with
from ktwviz.lesson.kept import Kept
from ktwviz.lesson.matrix import COLUMNS, Cell, Key, Task, cell, rows_of, tasks
from ktwviz.tui.app import KtwvizApp
from ktwviz.tui.explorer.screen import ExplorerScreen
from ktwviz.tui.home.screen import HomeScreen
from ktwviz.tui.matrix import screen as module
from ktwviz.tui.matrix.detail import draw_detail
from ktwviz.tui.matrix.headline import draw_headline
from ktwviz.tui.matrix.scene import Table
from ktwviz.tui.matrix.screen import MatrixScreen
from ktwviz.tui.matrix.table import NARROW, WIDE, draw_cell, draw_table
from ktwviz.tui.player.screen import PlayerScreen
from ktwviz.tui.symbols import ASCII, UNICODE
from tests.tui.explored import settled
from tests.tui.frames import drive, frame, store_of, text_of
from tests.tui.shipped import LESSONS, WINDOW, showing, text_on

RACES = tuple(
    lesson for lesson in LESSONS if lesson.id in ("timer-window", "pointer-not-timer", "stop-beats-queue")
)
BROKEN = cell(WINDOW, "pending-only")
HOLDS = Cell("holds", 12_345, held=("no-oops", "lists-sound"))
OTHER = Cell("other", 99, "nothing can go on", "no-deadlock", 74, "kt1/x@0000/1")


def made_up(lesson_id: str, variant: str) -> Cell:
    """Return a cell that takes no time: broken as it is for the window lesson with its rule, else it holds."""
    return BROKEN if (lesson_id, variant) == (WINDOW.id, "pending-only") else HOLDS


def table(row: int = 0, column: int = 0, **cells: Cell) -> Table:
    rows = tuple(rows_of(RACES))
    found: dict[Key, Cell] = {(lesson.id, name): made_up(lesson.id, name) for lesson, name in tasks(rows)}
    found |= {(WINDOW.id, name.replace("_", "-")): one for name, one in cells.items()}
    return Table(rows, found, row, column, wanted=len(found))


def made_up_at_once(
    wanted: Sequence[Task], jobs: int, go_on: Callable[[], bool]
) -> Iterator[tuple[Task, Cell]]:
    """Yield made-up cells, all of them at once."""
    for lesson, variant in wanted:
        yield (lesson, variant), made_up(lesson.id, variant)


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let all cells be there as soon as they are asked for."""
    monkeypatch.setattr(module, "work_out", made_up_at_once)


def app(**options: bool) -> KtwvizApp:
    return KtwvizApp(store_of(), lessons=RACES, ascii=options.get("ascii", False))


def matrix(pilot: Pilot[None]) -> MatrixScreen:
    screen = pilot.app.screen
    assert isinstance(screen, MatrixScreen)
    return screen


async def opened(pilot: Pilot[None], *keys: str) -> MatrixScreen:
    await pilot.press("M")
    await settled(pilot)
    screen = matrix(pilot)
    await pilot.press(*keys)
    await pilot.pause()
    return screen


# Drawing --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("symbols", [UNICODE, ASCII], ids=["unicode", "ascii"])
def test_no_two_kinds_of_cells_share_a_sign(symbols: object) -> None:
    assert symbols in (UNICODE, ASCII)
    glyphs = UNICODE if symbols is UNICODE else ASCII
    kinds = (HOLDS, BROKEN, OTHER, Cell("undetermined", 5), Cell("absent"), None)
    drawn = [draw_cell(one, glyphs, words=False).plain[0] for one in kinds]
    assert len(set(drawn)) == len(drawn)


def test_a_cell_has_words_where_there_is_room() -> None:
    assert draw_cell(HOLDS, UNICODE, words=True).plain == "✓ holds 12.3k"
    assert draw_cell(HOLDS, UNICODE, words=False).plain == "✓ 12k"
    assert draw_cell(Cell("undetermined", 300_000), UNICODE, words=True).plain == "? open 300k"
    assert draw_cell(None, UNICODE, words=True, exists=False).plain == "-"


@pytest.mark.parametrize("width", [76, 116, 196])
def test_every_line_fits_and_the_selected_cell_is_marked_without_colour(width: int) -> None:
    lines = draw_table(table(0, 1), width, 9, UNICODE)
    assert all(line.cell_length <= width for line in lines)
    assert [line.plain.count("▶") for line in lines] == [0, 1, *[0] * (len(lines) - 2)]
    assert "▶✗" in lines[1].plain and "04 Neither pending" in lines[1].plain


@pytest.mark.parametrize("states", [999, 1_000, 9_949, 9_950, 99_949, 99_950, 300_000])
def test_no_cell_is_cut(states: int) -> None:
    many = Cell("undetermined", states)
    assert draw_cell(many, UNICODE, words=False).cell_length <= NARROW - 2
    assert draw_cell(many, UNICODE, words=True).cell_length <= WIDE - 2


def test_rules_of_one_lesson_are_told_apart_by_name() -> None:
    drawn = text_of(draw_table(table(), 76, 9, UNICODE))
    assert ": beside" in drawn and ": never-asks" in drawn
    assert ": looks-first" in drawn and ": flushes-first" in drawn


def test_a_broken_cell_tells_property_how_token_code_and_source() -> None:
    told = text_of(draw_detail(table(0, 1), 100, UNICODE))
    assert f"✗ lists-sound is broken after {BROKEN.steps} steps: worker.work_list is broken" in told
    assert BROKEN.token in told.replace("\n", "")
    assert 'with the rule "pending-only"' in told
    assert "https://lore.kernel.org/r/1453736711-6703-9-git-send-email-pmladek@suse.com" in told
    assert "  -" in told and "  +" in told


def test_a_cell_that_holds_tells_what_was_proved_and_which_commits_came() -> None:
    told = text_of(draw_detail(table(0, COLUMNS.index("merged-2021")), 100, UNICODE))
    assert "✓ Nothing breaks in any interleaving: all 12,345 states were seen." in told
    assert "Proved  no-oops, lists-sound" in told
    assert "5fa54346caf6 (v5.13, 2021)" in told


def test_each_fix_came_with_one_column() -> None:
    came = [fix.commit for column in COLUMNS if column != "rule" for fix in came_with(column)]
    assert came == ["6993d0fdbee0", "5fa54346caf6", "d71ba1649fa3", "eb79fa7ea744", "e16c7b07784f"]


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        (OTHER, "! This race is not there, but no-deadlock is broken after 74 steps"),
        (Cell("undetermined", 5, "300,000 states were seen"), "? Not known: 300,000 states were seen"),
        (Cell("absent", how="there is no drain"), "- It cannot be asked here: there is no drain"),
        (Cell("holds", 5, unasked=2), "Unasked 2 claims of the lesson"),
    ],
)
def test_what_is_no_plain_answer_says_so(cell: Cell, says: str) -> None:
    assert says in text_of(draw_detail(table(0, 0, v4=cell), 100, UNICODE))


def test_what_is_not_known_is_counted_in_the_first_line() -> None:
    line = draw_headline(table(0, 0, v4=Cell("undetermined", 5)), 80, UNICODE).plain
    assert "? 1 not known" in line and "complete" in line
    assert "stopped" in draw_headline(Table(tuple(rows_of(RACES)), {}, wanted=9), 80, UNICODE).plain


# Keys -----------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("at_once")
def test_enter_plays_what_breaks_under_that_version_and_q_leads_back() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await opened(pilot, "n")
        await pilot.press("enter")
        screen = pilot.app.screen
        assert isinstance(screen, PlayerScreen)
        assert screen.play.scenario.variant == "pending-only"
        assert len(screen.play.session.schedule()) == BROKEN.steps and screen.play.session.bad_end
        await pilot.press("q")
        assert matrix(pilot).table.cell == BROKEN
        await pilot.press("q")
        assert isinstance(pilot.app.screen, HomeScreen)

    drive(app(), act)


@pytest.mark.usefixtures("at_once")
def test_a_schedule_of_the_matrix_does_not_count_as_solved() -> None:
    shown = app()

    async def act(pilot: Pilot[None]) -> None:
        await opened(pilot, "n", "enter")
        await pilot.press("q")
        assert not shown.store.load().of(WINDOW.id).solved
        assert shown.store.load().of(WINDOW.id).token == ""

    drive(shown, act)


@pytest.mark.usefixtures("at_once")
def test_the_palette_leads_back_to_the_matrix_that_is_open() -> None:
    shown = app()

    async def act(pilot: Pilot[None]) -> None:
        screen = await opened(pilot, "n", "enter")
        await pilot.press("x")
        await settled(pilot)
        assert len(shown.screen_stack) == 4
        shown.action_matrix()
        await pilot.pause()
        assert matrix(pilot) is screen
        await pilot.press("q")
        assert isinstance(pilot.app.screen, HomeScreen)

    drive(shown, act)


@pytest.mark.usefixtures("at_once")
def test_enter_on_a_cell_that_holds_reads_what_was_proved() -> None:
    async def act(pilot: Pilot[None]) -> None:
        screen = await opened(pilot, "enter")
        assert screen.has_class("-zoomed")
        assert "Proved  no-oops, lists-sound" in text_on(pilot.app)
        assert "race" not in frame(pilot.app)[2]
        await pilot.press("escape")
        assert not screen.has_class("-zoomed")

    drive(app(), act)


@pytest.mark.usefixtures("at_once")
def test_x_explores_the_scenario_of_the_cell() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await opened(pilot, "right", "right", "x")
        await settled(pilot)
        screen = pilot.app.screen
        assert isinstance(screen, ExplorerScreen)
        assert (screen.origin.lesson.id, screen.origin.rule) == (WINDOW.id, "merged-2016")
        await pilot.press("q")
        matrix(pilot)

    drive(app(), act)


@pytest.mark.usefixtures("at_once")
def test_arrows_stop_at_the_edges_and_the_selected_row_stays_in_view() -> None:
    async def act(pilot: Pilot[None]) -> None:
        screen = await opened(pilot, "up", "left")
        assert (screen.table.row, screen.table.column) == (0, 0)
        await pilot.press("G", *["right"] * 9)
        assert (screen.table.row, screen.table.column) == (len(screen.table.rows) - 1, len(COLUMNS) - 1)
        assert "▶✓" in text_on(pilot.app)
        await pilot.press("g", "y")
        assert "No schedule breaks anything here that is known." in text_on(pilot.app)
        await pilot.press("n", "y")
        assert "Token, copied if the terminal allows it" in text_on(pilot.app)

    drive(KtwvizApp(store_of(), lessons=LESSONS), act, (80, 24))


@pytest.mark.usefixtures("at_once")
def test_a_click_selects_and_a_second_one_opens() -> None:
    async def act(pilot: Pilot[None]) -> None:
        screen = await opened(pilot)
        pane = screen.query_one("TablePane")
        await pilot.click(pane, offset=(2 + 26 + 17, 2))
        assert (screen.table.row, screen.table.column) == (0, 1)
        await pilot.click(pane, offset=(2 + 26 + 17, 2))
        await pilot.pause()
        assert isinstance(pilot.app.screen, PlayerScreen)

    drive(app(), act)


# Working out ----------------------------------------------------------------------------------------------------


def test_cells_are_shown_as_they_come_keys_are_answered_and_escape_stops(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given = threading.Event()

    def work(wanted: Sequence[Task], jobs: int, go_on: Callable[[], bool]) -> Iterator[tuple[Task, Cell]]:
        yield wanted[0], HOLDS
        while go_on():
            given.wait(0.01)

    monkeypatch.setattr(module, "work_out", work)

    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("M")
        screen = matrix(pilot)
        while not screen.table.cells:
            await pilot.pause(0.01)
        assert f"~ 1/{screen.table.wanted} working" in frame(pilot.app)[0]
        assert "esc Stop" in frame(pilot.app)[-1]
        await pilot.press("down")
        assert screen.table.row == 1 and "Not worked out yet." in text_on(pilot.app)
        await pilot.press("escape")
        await settled(pilot)
        assert "stopped" in frame(pilot.app)[0] and "r Go on" in frame(pilot.app)[-1]
        wanted = {(lesson.id, name): (lesson, name) for lesson, name in tasks(screen.table.rows)}
        assert len(Kept().found(wanted)) == 1
        monkeypatch.setattr(module, "work_out", lambda rest, jobs, go_on: ((one, HOLDS) for one in rest))
        await pilot.press("r")
        await settled(pilot)
        assert "complete" in frame(pilot.app)[0]
        await pilot.press("escape")
        assert isinstance(pilot.app.screen, HomeScreen)

    drive(app(), act)


def test_real_processes_work_out_what_the_screen_shows() -> None:
    small = tuple(lesson for lesson in LESSONS if lesson.id == "the-store-that-waited")

    async def act(pilot: Pilot[None]) -> None:
        screen = await opened(pilot)
        found = {key: one.kind for key, one in screen.table.cells.items()}
        rule = small[0].rules[0].name
        assert found == {key: "broken" if key[1] == rule else "holds" for key in found}
        assert len(found) == 6

    drive(KtwvizApp(store_of(), lessons=small), act)


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)], ids=["80x24", "120x40", "200x60"])
def test_every_key_works_and_every_line_fits(size: tuple[int, int]) -> None:
    async def act(pilot: Pilot[None]) -> None:
        await opened(pilot)
        for key in [
            "down",
            "up",
            "l",
            "h",
            "pagedown",
            "pageup",
            "g",
            "G",
            "n",
            "N",
            "z",
            "z",
            "tab",
            "tab",
            "y",
            "r",
            "question_mark",
            "escape",
            "z",
            "down",
            "z",
        ]:
            await pilot.press(key)
        assert all(len(line) == size[0] for line in frame(pilot.app))
        assert frame(pilot.app)[-1].rstrip().endswith("? Help  q Quit")

    drive(app(ascii=True), act, size)


def test_without_a_race_there_is_nothing_to_work_out() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await opened(pilot, "down", "n", "x", "y", "r", "enter")
        assert "None of these lessons says that anything breaks." in text_on(pilot.app)

    drive(KtwvizApp(store_of(), lessons=LESSONS[:1]), act)


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])
def test_the_matrix_compares_versions_and_explains_the_selected_cell(
    snap_compare: Callable[..., bool], size: tuple[int, int]
) -> None:
    async def open_matrix(pilot: Pilot[None]) -> None:
        await opened(pilot, "right")
        await showing(
            "04 Neither pending", "▶✗", "lists-sound is broken after", "kt1/timer-window@", "enter Play"
        )(pilot)

    assert snap_compare(app(), terminal_size=size, run_before=open_matrix)


def test_the_title_tells_rows_from_lessons_where_a_lesson_has_several_rules() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await opened(pilot)
        assert "Every race on every version of the code, 5 in 3 lessons" in frame(pilot.app)[1]

    drive(app(), act)
