"""Pictures of the screens, on the shipped lessons; beside each, what it must say."""

from collections.abc import Awaitable, Callable

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from ktwviz.tui.editor import CodeEditor
from ktwviz.tui.fixit.screen import FixScreen
from ktwviz.tui.sandbox.screen import SandboxScreen
from tests.tui.explored import explored, explorer_app, settled
from tests.tui.shipped import WINDOW, shipped_app, showing, text_on, token_at_beat, token_of_broken_list

Snap = Callable[..., bool]

SMALL, NORMAL, LARGE = (80, 24), (120, 40), (200, 60)
MID_LESSON = token_at_beat(3, moves=2)
QUESTION = token_at_beat(5)
assert WINDOW.fix is not None
RIGHT = WINDOW.fix.right.text
WAITS = WINDOW.fix.wrong[1].code.text


def sized(*sizes: tuple[int, int]) -> pytest.MarkDecorator:
    """Run a test once for each size."""
    return pytest.mark.parametrize("size", sizes, ids=[f"{width}x{height}" for width, height in sizes])


@sized(SMALL, NORMAL)
def test_home_says_what_the_marked_lesson_is_about_and_how_to_begin(
    snap_compare: Snap, size: tuple[int, int]
) -> None:
    says = showing("▶ ○ 01 Meet the worker", "Say when a work is pending", "enter  opens the marked lesson")
    assert snap_compare(shipped_app(), terminal_size=size, run_before=says)


@sized(SMALL, NORMAL, LARGE)
def test_in_mid_lesson_one_sees_what_changed_what_is_next_and_why(
    snap_compare: Snap, size: tuple[int, int]
) -> None:
    says = showing("Changed * base0.lock.owner", "▶4 timer@0", "The softirq takes the lock")
    assert snap_compare(shipped_app(MID_LESSON), terminal_size=size, run_before=says)


@sized(SMALL, NORMAL)
def test_a_lesson_opens_with_a_page_about_it_and_its_changes_to_the_kernel(
    snap_compare: Snap, size: tuple[int, int]
) -> None:
    async def open_fourth(pilot: Pilot[None]) -> None:
        await pilot.press("down", "down", "down", "enter")
        await showing(
            "04 Neither pending nor queued", "Find out why.", "- return not list_empty", "space Begin"
        )(pilot)

    assert snap_compare(shipped_app(), terminal_size=size, run_before=open_fourth)


@sized(SMALL, NORMAL)
def test_a_list_that_broke_is_drawn_broken_and_the_banner_leads_on(
    snap_compare: Snap, size: tuple[int, int]
) -> None:
    says = showing("✗ list broken", "[dwork.work] ↺", "✓ Goal reached at step", "R again")
    assert snap_compare(shipped_app(token_of_broken_list()), terminal_size=size, run_before=says)


@sized(SMALL, NORMAL)
def test_an_open_question_shows_all_answers_beside_the_state_that_they_are_about(
    snap_compare: Snap, size: tuple[int, int]
) -> None:
    says = showing("does it hear?", "▶ a  pending", "  c  not pending", "base0.lock", "held by 4 timer@0")
    assert snap_compare(shipped_app(QUESTION), terminal_size=size, run_before=says)


@pytest.mark.parametrize(
    ("size", "says"),
    [
        (SMALL, ("▶ runs next", "Keys")),
        (NORMAL, ("along your walk, the script", "one move back; nothing is lost")),
    ],
    ids=["80x24", "120x40"],
)
def test_help_lists_the_keys_and_the_signs(
    snap_compare: Snap, size: tuple[int, int], says: tuple[str, ...]
) -> None:
    async def open_help(pilot: Pilot[None]) -> None:
        await pilot.press("question_mark")
        await showing(*says)(pilot)

    assert snap_compare(shipped_app(MID_LESSON), terminal_size=size, run_before=open_help)


@sized(SMALL, NORMAL)
def test_a_hint_is_told_below_what_is_under_way(snap_compare: Snap, size: tuple[int, int]) -> None:
    async def ask_twice(pilot: Pilot[None]) -> None:
        await pilot.press("H", "H")
        await showing("Hint 2/3", "You are in the window now")(pilot)

    assert snap_compare(shipped_app(MID_LESSON), terminal_size=size, run_before=ask_twice)


@sized(SMALL, NORMAL)
def test_the_palette_finds_a_lesson_by_a_part_of_its_title(snap_compare: Snap, size: tuple[int, int]) -> None:
    async def search(pilot: Pilot[None]) -> None:
        await pilot.press("ctrl+p")
        pilot.app.screen.query_one(Input).cursor_blink = False
        await pilot.press(*"lesson wait")
        await pilot.app.workers.wait_for_complete()
        await showing("lesson wait", "Lesson 23 Both wait for ever", "set_current_state() keeps apart")(pilot)
        assert "`" not in text_on(pilot.app)

    assert snap_compare(shipped_app(MID_LESSON), terminal_size=size, run_before=search)


@sized(SMALL)
def test_ascii_says_the_same(snap_compare: Snap, size: tuple[int, int]) -> None:
    says = showing("Changed * base0.lock.owner", ">4 timer@0", "# base0.lock")
    assert snap_compare(shipped_app(MID_LESSON, ascii=True), terminal_size=size, run_before=says)


@sized(NORMAL)
def test_the_light_theme_says_the_same(snap_compare: Snap, size: tuple[int, int]) -> None:
    says = showing("Changed * base0.lock.owner: NULL → timer@0", "▶4 timer@0")
    app = shipped_app(MID_LESSON, theme="ktwviz-light")
    assert snap_compare(app, terminal_size=size, run_before=says)


@sized(SMALL)
def test_without_colour_the_signs_alone_say_it(
    snap_compare: Snap, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    says = showing("Changed * base0.lock.owner", "* ■ base0.lock", "▶4 timer@0")
    assert snap_compare(shipped_app(MID_LESSON), terminal_size=size, run_before=says)


def mending(text: str, *says: str, check: bool = False) -> Callable[[Pilot[None]], Awaitable[None]]:
    """Return what opens the editor, writes a text and has it checked if asked; then the screen must say so."""

    async def mend(pilot: Pilot[None]) -> None:
        await pilot.press("F")
        await pilot.pause()
        pilot.app.screen.query_one(CodeEditor).text = text
        await pilot.pause()
        if check:
            await pilot.press("ctrl+s")
            await pilot.app.workers.wait_for_complete()
        await showing(*says)(pilot)

    return mend


@sized(SMALL, NORMAL)
def test_an_error_in_a_fix_stands_at_its_line(
    snap_compare: Snap, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FixScreen, "PAUSE", 0)
    text = RIGHT.replace("timer_active", "timer_actve")
    mend = mending(
        text, "✗ Line 3", "'timer_actve' is defined neither here nor in the kernel", "ctrl+s Check"
    )
    assert snap_compare(shipped_app(MID_LESSON), terminal_size=size, run_before=mend)


@sized(SMALL, NORMAL)
def test_a_wrong_fix_is_answered_with_what_breaks_and_the_way_to_watch_it(
    snap_compare: Snap, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FixScreen, "PAUSE", 0)
    mend = mending(WAITS, "✗ Refuted", "That breaks no-deadlock.", "enter Watch it", check=True)
    assert snap_compare(shipped_app(MID_LESSON), terminal_size=size, run_before=mend)


@sized(SMALL, NORMAL)
def test_a_right_fix_is_proved_under_all_interleavings(
    snap_compare: Snap, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FixScreen, "PAUSE", 0)
    mend = mending(RIGHT, "✓ Proved", "It holds under all", "enter Compare", check=True)
    assert snap_compare(shipped_app(MID_LESSON), terminal_size=size, run_before=mend)


@sized(SMALL, NORMAL, LARGE)
def test_the_explorer_shows_the_way_to_what_breaks_and_how_much_was_seen(
    snap_compare: Snap, size: tuple[int, int]
) -> None:
    async def explore(pilot: Pilot[None]) -> None:
        await explored(pilot, "n")
        await showing(
            "5,597 states  ✗ 24 bad",
            "complete",
            "✗ no-warning   71 steps",
            "4 timer@0  warn()",
            "✗ no-warning: WARNING",
        )(pilot)

    assert snap_compare(explorer_app(), terminal_size=size, run_before=explore)


@sized(SMALL)
def test_the_explorer_in_ascii_says_the_same(snap_compare: Snap, size: tuple[int, int]) -> None:
    async def explore(pilot: Pilot[None]) -> None:
        await explored(pilot, "space", "right")
        await showing("5,597 states  X 24 bad", "X no-warning   71 steps", "|- > 2 second", "`- > 3 kworker")(
            pilot
        )

    assert snap_compare(explorer_app(ascii=True), terminal_size=size, run_before=explore)


@sized(SMALL, NORMAL, LARGE)
def test_foresight_says_of_each_choice_whether_the_goal_lies_ahead(
    snap_compare: Snap, size: tuple[int, int]
) -> None:
    async def foresee(pilot: Pilot[None]) -> None:
        await pilot.press("f", "y")
        await settled(pilot)
        await showing(
            "Foresight  the goal in", "from the start: 1 random run in 12.4", "→ goal ahead", "2 second →"
        )(pilot)

    assert snap_compare(explorer_app(token=MID_LESSON), terminal_size=size, run_before=foresee)


@sized(SMALL, NORMAL)
def test_two_versions_stand_side_by_side_where_their_runs_part(
    snap_compare: Snap, size: tuple[int, int]
) -> None:
    async def compare(pilot: Pilot[None]) -> None:
        await pilot.press("d")
        await showing(
            "The runs part at step", "pending-only ends: ✗ worker.work_list is broken", "v4 ends: ✓"
        )(pilot)
        assert text_on(pilot.app).count("second on CPU1 has finished") == 1

    assert snap_compare(shipped_app(token_of_broken_list()), terminal_size=size, run_before=compare)


@sized(NORMAL)
def test_the_code_in_c_is_marked_where_the_code_as_run_is(snap_compare: Snap, size: tuple[int, int]) -> None:
    async def as_c(pilot: Pilot[None]) -> None:
        await pilot.press("c")
        await showing("The code in C syntax, line for line.", "spin_lock_irqsave(&worker->lock, flags);")(
            pilot
        )

    assert snap_compare(shipped_app(MID_LESSON), terminal_size=size, run_before=as_c)


async def armed_again(pilot: Pilot[None]) -> None:
    """Build a scenario in which a delayed work is initialised again while it is armed, and mark what breaks."""
    await pilot.press("s")
    await settled(pilot)
    await pilot.press("tab", "g")
    await settled(pilot)
    await pilot.press("tab")


@sized(SMALL, NORMAL)
def test_the_sandbox_says_what_breaks_in_a_scenario_and_in_how_many_steps(
    snap_compare: Snap, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SandboxScreen, "PAUSE", 0)

    async def build(pilot: Pilot[None]) -> None:
        await armed_again(pilot)
        says = showing("init_delayed_kthread_work(", "▶ ✗ no-warning", "58 steps", "5 broken", "enter plays")
        await says(pilot)

    assert snap_compare(shipped_app(), terminal_size=size, run_before=build)


@sized(SMALL, NORMAL)
def test_the_sandbox_shows_an_error_at_its_line(
    snap_compare: Snap, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SandboxScreen, "PAUSE", 0)

    async def mistype(pilot: Pilot[None]) -> None:
        await pilot.press("s")
        await settled(pilot)
        editor = pilot.app.screen.query_one(CodeEditor)
        editor.text = editor.text.replace("func=run", "func=rum")
        await pilot.pause()
        await settled(pilot)
        await showing("✗ Line 2", "did you mean 'run'")(pilot)

    assert snap_compare(shipped_app(), terminal_size=size, run_before=mistype)
