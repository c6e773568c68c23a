"""Values can be chosen in the panes of state, and `w` leads to the step that wrote them."""

import pytest
from textual.pilot import Pilot

from ktwviz.schedule import expand
from ktwviz.tui.player.locks import draw_locks
from ktwviz.tui.player.screen import PlayerScreen
from ktwviz.tui.player.strip import StateStrip, draw_strip
from ktwviz.tui.player.timers import draw_timers
from ktwviz.tui.player.values import ValuesPane, all_values
from ktwviz.tui.player.words import WordsPane, words_of
from ktwviz.tui.player.worklist import WorklistPane, draw_workers
from ktwviz.tui.symbols import UNICODE
from tests.tui.frames import ARMED, BROKEN, SIZES, SPINNING, app_at, drive, frame, scene_at
from tests.tui.lessons import play_window


def player(pilot: Pilot[None]) -> PlayerScreen:
    screen = pilot.app.screen
    assert isinstance(screen, PlayerScreen)
    return screen


def screen_text(pilot: Pilot[None]) -> str:
    return "\n".join(frame(pilot.app))


def known_paths() -> set[str]:
    """Return the paths of every word, and of every struct above one, with the clock's and the CPUs'."""
    machine = scene_at("-").picture.machine
    words = {field.path for thing in machine.objects for field in thing.fields}
    above = {".".join(path.split(".")[:n]) for path in words for n in range(1, path.count(".") + 2)}
    return above | {"jiffies", "clock", *(f"cpu{cpu.number}" for cpu in machine.cpus)}


@pytest.mark.parametrize("schedule", ["-", ARMED, SPINNING, BROKEN])
def test_every_value_in_the_panes_of_state_is_a_word_of_memory(schedule: str) -> None:
    scene = scene_at(schedule)
    drawn = [
        *draw_workers(scene.picture, scene.previous, 80, UNICODE),
        *draw_timers(scene.picture, scene.previous, 80, UNICODE),
        *draw_locks(scene, 80, UNICODE),
        *words_of(scene, 80, UNICODE),
        *draw_strip(scene, 200, UNICODE),
    ]
    paths = {path for paths, _ in all_values(drawn) for path in paths.split()}
    assert {"worker.work_list", "dwork.timer", "worker.lock.owner", "jiffies"} <= paths
    assert paths - known_paths() == set()


def test_the_session_finds_the_step_that_last_changed_a_word_and_then_the_one_before() -> None:
    session = play_window().session
    session.play(expand(BROKEN))
    changed = [
        number
        for number, step in enumerate(session.steps, 1)
        if any(change.path.startswith("dwork.work.node.") for change in step.changes)
    ]
    found = []
    up_to = session.cursor
    while (step := session.last_change(["dwork.work.node"], up_to)) is not None:
        found.append(step)
        up_to = step - 1
    assert found == changed[::-1] and len(found) > 2


@pytest.mark.parametrize(
    ("size", "pane"),
    list(zip(SIZES, (StateStrip, WorklistPane, WorklistPane), strict=True)),
    ids=["80", "120", "200"],
)
def test_arrows_choose_a_value_in_the_focused_pane_and_w_jumps_to_who_wrote_it(
    size: tuple[int, int], pane: type[ValuesPane]
) -> None:
    async def act(pilot: Pilot[None]) -> None:
        while not isinstance(pilot.app.focused, pane):
            await pilot.press("tab")
        marked = player(pilot).hand.marked
        await pilot.press("down")
        assert player(pilot).query_one(pane).chosen.startswith("worker.work_list")
        assert "w Who wrote it" in frame(pilot.app)[-1]
        assert player(pilot).hand.marked == marked
        await pilot.press("w")
        session = player(pilot).play.session
        assert any(
            "work_list" in c.path or "node" in c.path for c in session.steps[session.cursor - 1].changes
        )
        assert f"Step {session.cursor}, " in screen_text(pilot)
        before = session.cursor
        await pilot.press("w")
        assert session.cursor < before

    drive(app_at(BROKEN), act, size)


def test_a_value_that_nobody_wrote_says_so() -> None:
    async def act(pilot: Pilot[None]) -> None:
        screen = player(pilot)
        screen.who_wrote("worker.current_work")
        assert "No step up to here changed worker.current_work" in screen_text(pilot)

    drive(app_at("1*2"), act)


def test_in_the_zoomed_memory_the_chosen_word_stays_in_view() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("z")
        while not player(pilot).query_one(WordsPane).has_class("-zoom"):
            await pilot.press("tab")
        await pilot.press(*["down"] * 40)
        pane = player(pilot).query_one(WordsPane)
        assert any(pane.chosen.split()[0] in line for line in frame(pilot.app))
        assert pane.top > 0

    drive(app_at(SPINNING), act, (80, 24))


def test_capital_j_and_k_jump_from_one_context_to_the_next() -> None:
    async def act(pilot: Pilot[None]) -> None:
        session = player(pilot).play.session
        keys = [step.choice for step in session.steps]
        switches = [at for at in range(1, len(keys)) if keys[at] != keys[at - 1]]
        await pilot.press("g", "J")
        assert session.cursor == switches[0]
        await pilot.press("J")
        assert session.cursor == switches[1]
        await pilot.press("K")
        assert session.cursor == switches[0]
        await pilot.press("K", "K")
        assert session.cursor == 0
        assert "No recorded step lies there." in screen_text(pilot)

    drive(app_at(BROKEN), act)
