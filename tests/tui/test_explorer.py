"""The explorer in the program: searching, stopping, finding, and leading back to the player."""

import asyncio
import time
from dataclasses import replace

import pytest
from textual.pilot import Pilot

from ktwviz.lesson import search as search_module
from ktwviz.lesson.play import Play
from ktwviz.lesson.record import recorded
from ktwviz.lesson.search import Interrupted
from ktwviz.progress.model import LessonProgress
from ktwviz.tui import searching as searching_module
from ktwviz.tui.app import KtwvizApp
from ktwviz.tui.explorer import screen as screen_module
from ktwviz.tui.explorer.scene import shortened
from ktwviz.tui.explorer.screen import ExplorerScreen, Origin
from ktwviz.tui.explorer.treepane import TreePane
from ktwviz.tui.home.screen import HomeScreen
from ktwviz.tui.player.screen import PlayerScreen
from ktwviz.tui.sandbox.screen import SandboxScreen
from ktwviz.tui.searching import Search, SearchEnded, SearchProgress
from ktwviz.tui.symbols import ASCII, UNICODE
from tests.tui.explored import explored, explorer_app, settled
from tests.tui.frames import drive, frame, store_of, walked
from tests.tui.shipped import LESSONS, WINDOW, at_beat, text_on, token_at_beat, token_of_broken_list


def player(pilot: Pilot[None]) -> PlayerScreen:
    screen = pilot.app.screen
    assert isinstance(screen, PlayerScreen)
    return screen


def test_from_the_start_all_interleavings_are_shown_and_counted() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await explored(pilot)
        shown = text_on(pilot.app)
        assert "5,597 states  ✗ 24 bad  depth 114  complete, 17 open" in shown
        assert "✗ lists-sound  78 steps  3 switches" in shown
        assert "▸ 2 second  spin_lock_irqsave(worker.lock)" in shown

    drive(explorer_app(kept=False), act)


def test_what_an_older_search_tells_of_its_end_changes_nothing() -> None:
    async def act(pilot: Pilot[None]) -> None:
        screen = await explored(pilot)
        before = screen.exploring
        other = Search(screen, WINDOW, "v4", "")
        screen.post_message(SearchEnded(other, None, (None, "of another search")))
        screen.post_message(SearchProgress(other, 123_456))
        await settled(pilot)
        assert screen.exploring is before
        assert "another search" not in text_on(pilot.app) and "123,456" not in text_on(pilot.app)

    drive(explorer_app(), act)


def test_the_home_screen_explores_the_marked_lesson_from_its_start() -> None:
    async def act(pilot: Pilot[None]) -> None:
        screen = await explored(pilot)
        assert screen.origin.lesson.id == LESSONS[0].id
        assert "Nothing breaks, whatever the order" in text_on(pilot.app)
        await pilot.press("q")
        assert isinstance(pilot.app.screen, HomeScreen)

    drive(KtwvizApp(store_of(), lessons=LESSONS), act)


def test_from_the_middle_of_a_walk_only_what_can_follow_is_counted() -> None:
    async def act(pilot: Pilot[None]) -> None:
        screen = await explored(pilot)
        assert screen.exploring is not None
        assert screen.exploring.prefix == at_beat(WINDOW, 3).session.schedule()
        assert f"from step {len(screen.exploring.prefix)}" in text_on(pilot.app)
        states = len(screen.exploring.reach.order)
        await pilot.press("S")
        await settled(pilot)
        assert states < 5597 == len(screen.exploring.reach.order)
        assert screen.exploring.schedule() == at_beat(WINDOW, 3).session.schedule()

    drive(explorer_app(token=token_at_beat(3)), act)


def test_where_the_list_is_broken_the_tree_begins_at_the_start_and_the_walk_is_open() -> None:
    async def act(pilot: Pilot[None]) -> None:
        walked = player(pilot).play.session.schedule()
        screen = await explored(pilot)
        assert screen.exploring is not None and screen.exploring.prefix == ()
        assert screen.exploring.schedule() == walked
        assert "Nothing is followed beyond step" in text_on(pilot.app)

    drive(explorer_app(token=token_of_broken_list()), act)


def test_enter_plays_the_selected_schedule_and_leaves_the_walk_as_it_is() -> None:
    async def act(pilot: Pilot[None]) -> None:
        mine = player(pilot)
        before = mine.play.session.schedule()
        screen = await explored(pilot, "S")
        await pilot.press("n", "n")
        assert screen.exploring is not None
        keys = screen.exploring.schedule()
        await pilot.press("enter")
        session = player(pilot).play.session
        assert (session.schedule(), session.cursor, len(session.steps)) == (keys, len(keys), len(keys))
        await pilot.press("q")
        stack = [pilot.app.screen]
        await pilot.press("q")
        stack.append(pilot.app.screen)
        assert stack == [screen, mine]
        assert (mine.play.session.schedule(), mine.play.session.branches) == (before, ())

    drive(explorer_app(token=token_at_beat(4)), act)


def test_a_counterexample_that_was_shown_does_not_count_as_solved() -> None:
    store = store_of()
    app = KtwvizApp(store, lessons=LESSONS, start=WINDOW)

    async def act(pilot: Pilot[None]) -> None:
        screen = await explored(pilot)
        assert screen.exploring is not None
        while "lists-sound" not in text_on(app).split("State #")[1].split("Diff")[0]:
            await pilot.press("n")
        await pilot.press("enter")
        assert player(pilot).play.goal_reached
        await pilot.press("q")
        assert not store.load().of(WINDOW.id).solved
        assert store.load().of(WINDOW.id).token == ""

    drive(app, act)


def test_a_schedule_that_is_shown_leaves_the_walk_that_was_saved() -> None:
    store = store_of()
    app = KtwvizApp(store, lessons=LESSONS, start=WINDOW, token=token_at_beat(3))

    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("2")
        saved = player(pilot).play.token()
        screen = await explored(pilot, "S")
        await pilot.press("n", "n", "enter")
        assert screen.exploring is not None
        # what goes on from its end is not the learner's own either
        await pilot.press("t", "q")
        assert store.load().of(WINDOW.id).token == saved

    drive(app, act)


def test_where_the_explorer_reaches_the_goal_the_learner_is_to_do_it() -> None:
    async def act(pilot: Pilot[None]) -> None:
        screen = await explored(pilot)
        assert screen.exploring is not None
        while "lists-sound" not in text_on(pilot.app).split("State #")[1].split("Diff")[0]:
            await pilot.press("n")
        await pilot.press("enter")
        shown = " ".join(text_on(pilot.app).split())
        assert "The explorer's schedule reaches the goal at step" in shown
        assert "Now you: R begins again" in shown and "Reached by the explorer" in shown
        assert "next lesson" not in shown and "✓ Goal" not in shown
        await pilot.press("enter")
        assert player(pilot).play.lesson.id == WINDOW.id

    drive(explorer_app(kept=False), act)


def broken_window() -> Play:
    """Return the window lesson at its goal, reached step by step."""
    play = Play(WINDOW)
    play.session.play(play.script.keys)
    while play.session.can("2"):
        play.session.choose("2")
    while not play.session.bad_end:
        play.session.choose("4")
    return play


def test_a_walk_that_was_shown_is_ones_own_once_it_is_begun_anew() -> None:
    reached, old = broken_window(), LessonProgress(token="kt1/timer-window@180c/1*9")
    assert recorded(reached, old).solved
    reached.shown_by = "explorer"
    assert recorded(reached, old) == old
    reached.session.jump(0)
    reached.session.choose("1")
    assert recorded(reached, old) == old
    reached.restart()
    # what was saved stays until there is something in its place
    assert (reached.shown_by, recorded(reached, old)) == ("", old)
    reached.session.choose("1")
    assert recorded(reached, old).token == reached.token()


@pytest.mark.parametrize("version", [False, True])
def test_a_walk_that_was_shown_stays_so_in_another_version(version: bool) -> None:
    play = broken_window()
    play.shown_by = "explorer"
    other = Play(WINDOW)
    if version:
        other.take_over(play)
    assert bool(other.shown_by) is version


def test_r_begins_a_walk_of_ones_own_without_asking() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await explored(pilot)
        await pilot.press("n", "enter", "R")
        assert player(pilot).play.shown_by == "" and not player(pilot).play.session.steps

    drive(explorer_app(), act)


def test_a_schedule_opened_out_of_the_explorer_leads_back_to_it() -> None:
    async def act(pilot: Pilot[None]) -> None:
        screen = await explored(pilot)
        await pilot.press("down", "down", "enter")
        assert player(pilot).play.lesson.id == LESSONS[0].id
        assert "This is the explorer's schedule" in " ".join(text_on(pilot.app).split())
        await pilot.press("q")
        stack = [pilot.app.screen_stack[-1]]
        await pilot.press("q")
        stack.append(pilot.app.screen_stack[-1])
        assert stack[0] is screen and isinstance(stack[1], HomeScreen)

    drive(KtwvizApp(store_of(), lessons=LESSONS), act)


def test_the_order_is_exchanged_and_begins_anew() -> None:
    async def act(pilot: Pilot[None]) -> None:
        screen = await explored(pilot, "o")
        assert "fewest switches first" in text_on(pilot.app)
        await pilot.press("n")
        assert screen.exploring is not None and screen.exploring.order == "switches"
        assert screen.exploring.at == 0
        await pilot.press("o")
        assert "shortest first" in text_on(pilot.app)

    drive(explorer_app(), act)


async def type_in(pilot: Pilot[None], text: str) -> None:
    await pilot.press("slash")
    await pilot.press(
        *({"_": "underscore", "(": "left_parenthesis", ")": "right_parenthesis"}.get(c, c) for c in text)
    )
    await pilot.press("enter")
    await settled(pilot)


def test_states_are_found_by_an_expression_and_gone_through() -> None:
    async def act(pilot: Pilot[None]) -> None:
        screen = await explored(pilot)
        await type_in(pilot, "irqs_off(0) and irqs_off(1)")
        assert screen.exploring is not None and screen.exploring.hits is not None
        hits = screen.exploring.hits.states
        assert f"It holds in {len(hits):,} states" in text_on(pilot.app)
        off = [word for word in screen.exploring.graph.machine.words if word.path.endswith(".irqs_off")]
        for number in hits:
            assert all(screen.exploring.graph.states[number][word.index] for word in off)
        await pilot.press("n")
        assert screen.exploring.cursor.number == hits[1]
        await pilot.press("escape")
        assert screen.exploring.hits is None

    drive(explorer_app(), act)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("wrk", "wrk"),
        ("irqs_off(", "was never closed"),
        ("jiffies == 3", "answered: a moment in jiffies is compared with a plain"),
        ("irqs_off(0", "was never closed"),
    ],
)
def test_an_expression_that_cannot_be_asked_is_refused_in_words(text: str, says: str) -> None:
    async def act(pilot: Pilot[None]) -> None:
        await explored(pilot)
        await type_in(pilot, text)
        told = " ".join(frame(pilot.app)[-6:])
        assert says in told
        assert "Traceback" not in told and ".md:" not in told

    drive(explorer_app(), act)


def test_an_expression_that_holds_nowhere_says_so() -> None:
    async def act(pilot: Pilot[None]) -> None:
        screen = await explored(pilot)
        await type_in(pilot, "1 == 2")
        assert "holds in none of the 5,597 states" in text_on(pilot.app)
        await pilot.press("n")
        assert screen.exploring is not None and len(screen.exploring.cursor.path()) == 71

    drive(explorer_app(), act)


def test_another_rule_is_explored_from_the_start() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await explored(pilot, "v")
        assert "Interleavings under v4" in text_on(pilot.app)
        assert "✓ Nothing breaks" in text_on(pilot.app) and "complete" in frame(pilot.app)[0]
        await pilot.press("enter")
        assert player(pilot).play.scenario.rule == ""

    drive(explorer_app(), act)


def test_a_search_that_ends_at_its_bound_says_undetermined() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await explored(pilot)
        shown = text_on(pilot.app)
        assert "bounded: 500 states" in shown and "undetermined" in shown
        assert "whatever the order" not in shown

    drive(explorer_app(most=500), act)


def endless(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a search go on until it is stopped, however fast this machine is."""

    def slow(scenario: object, *, interrupted: Interrupted, most_states: int, ahead: bool) -> object:
        while not interrupted(2048):
            time.sleep(0.01)
        return search_module.search(scenario, most_states=700, interrupted=interrupted, ahead=ahead)  # type: ignore[arg-type]  # handed on

    monkeypatch.setattr(searching_module, "search", slow)


def test_escape_stops_a_search_and_keeps_what_was_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    endless(monkeypatch)

    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("x")
        screen = pilot.app.screen
        assert isinstance(screen, ExplorerScreen)
        while not screen._states:
            await asyncio.sleep(0.01)
        await pilot.pause()
        assert "Searching: 2,048 states so far" in text_on(pilot.app)
        await pilot.press("n", "space", "o", "d", "d")  # keys are answered, and do no harm
        await pilot.press("escape")
        await settled(pilot)
        assert screen.exploring is not None
        shown = text_on(pilot.app)
        assert "stopped by you" in shown and "undetermined: stopped by you at" in " ".join(shown.split())
        monkeypatch.undo()
        await pilot.press("r")
        await settled(pilot)
        assert "complete" in frame(pilot.app)[0]

    drive(explorer_app(kept=False), act)


def test_leaving_ends_the_search(monkeypatch: pytest.MonkeyPatch) -> None:
    endless(monkeypatch)

    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("x")
        await pilot.press("q")
        assert isinstance(pilot.app.screen, PlayerScreen)
        await asyncio.wait_for(settled(pilot), 5)

    drive(explorer_app(kept=False), act)


def test_a_second_look_needs_no_second_search() -> None:
    async def act(pilot: Pilot[None]) -> None:
        first = await explored(pilot)
        await pilot.press("q")
        second = await explored(pilot)
        assert first.exploring is not None and second.exploring is not None
        assert first.exploring.found is second.exploring.found

    drive(explorer_app(kept=False), act)


def test_a_lesson_that_does_not_run_says_why() -> None:
    broken = replace(WINDOW, scenario=replace(WINDOW.scenario, text="worker = KthreadWrker()"))

    async def act(pilot: Pilot[None]) -> None:
        pilot.app.push_screen(ExplorerScreen(Origin(broken, broken.rule)))
        await settled(pilot)
        assert "KthreadWrker" in text_on(pilot.app)
        await pilot.press("n", "enter", "escape")

    drive(KtwvizApp(store_of(), lessons=LESSONS), act)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])
def test_every_key_works_at_every_moment(size: tuple[int, int]) -> None:
    async def act(pilot: Pilot[None]) -> None:
        await explored(pilot)
        keys = "space right right left down up g G n N comma full_stop 1 1 asterisk d down d z z tab z tab z y S r"
        for key in keys.split():
            await pilot.press(key)
        await settled(pilot)
        for line in frame(pilot.app):
            assert len(line) == size[0]
        await pilot.press("question_mark")
        assert "the next bad place" in text_on(pilot.app)

    drive(explorer_app(), act, size)


# What leads elsewhere -------------------------------------------------------------------------------------------


def test_enter_on_a_row_of_what_breaks_keeps_to_that_property_until_it_is_pressed_again() -> None:
    async def act(pilot: Pilot[None]) -> None:
        screen = await explored(pilot, "tab", "down", "down")
        assert "enter Keep to it" in text_on(pilot.app)
        await pilot.press("enter")
        assert screen.exploring is not None and screen.exploring.kept is not None
        assert "n and N keep to lists-sound" in text_on(pilot.app)
        for _ in range(13):
            here = [broken.verdict.property for broken in screen.exploring.broken_at(screen.exploring.cursor)]
            assert "lists-sound" in here
            await pilot.press("n")
        await pilot.press("enter")
        assert "n and N go through all bad places again." in text_on(pilot.app)
        assert isinstance(pilot.app.screen, ExplorerScreen)

    drive(explorer_app(), act)


def test_another_version_says_that_it_begins_at_the_start() -> None:
    async def act(pilot: Pilot[None]) -> None:
        screen = await explored(pilot)
        assert screen.exploring is not None
        steps = len(screen.exploring.prefix)
        await pilot.press("v")
        await settled(pilot)
        told = f"Your {steps} steps were those of pending-only: the tree of v4 begins at the start."
        assert told in text_on(pilot.app)

    drive(explorer_app(token=token_at_beat(3)), act)


def test_the_run_to_the_selected_state_is_exported(monkeypatch: pytest.MonkeyPatch) -> None:
    delivered: list[tuple[str, str]] = []
    monkeypatch.setattr(screen_module, "deliver", lambda app, text, name: delivered.append((text, name)))

    async def act(pilot: Pilot[None]) -> None:
        screen = await explored(pilot, "n")
        await pilot.press("E")
        assert "Pass this moment on" in text_on(pilot.app)
        await pilot.press("c")
        await pilot.pause()
        assert screen.exploring is not None
        (text, name), steps = delivered[0], len(screen.exploring.schedule())
        assert name == f"ktwviz-timer-window-{steps}.txt" and "WARN" in text
        await pilot.press("E", "t")
        await pilot.pause()
        assert "Token, copied" in text_on(pilot.app)

    drive(explorer_app(), act)


def test_s_takes_what_is_explored_into_the_sandbox() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await explored(pilot)
        await pilot.press("s")
        await settled(pilot)
        screen = pilot.app.screen
        assert isinstance(screen, SandboxScreen)
        assert screen.draft.version == "pending-only" and screen.begun.name == "timer-window"

    drive(explorer_app(), act)


def test_a_key_that_must_wait_for_the_search_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("x")
        screen = pilot.app.screen
        assert isinstance(screen, ExplorerScreen)
        for key in ("slash", "n", "down"):
            screen.tell("")
            await pilot.press(key)
            assert "The search is under way: this works once it is through" in text_on(pilot.app)
        screen.action_leave()
        await settled(pilot)

    monkeypatch.setattr(Search, "start", lambda *_, **__: None)
    drive(explorer_app(), act)


@pytest.mark.parametrize("told", ["", "A long sentence. " * 16], ids=["find", "sentence"])
def test_the_selected_line_stays_in_view_when_the_tree_gets_another_height(told: str) -> None:
    async def act(pilot: Pilot[None]) -> None:
        screen = await explored(pilot)

        def places() -> tuple[int, int]:
            """Return how far below the first line the selected one is, and how many lines there are."""
            assert screen.exploring is not None and screen.scene is not None
            at = screen.exploring.tree.place(screen.exploring.cursor)
            return at - screen.scene.top, screen.query_one(TreePane).content_size.height

        await pilot.press("asterisk", "pagedown", "pagedown")
        while places()[0] != places()[1] - 2:
            await pilot.press("down")
        if told:
            screen.tell(told)
        else:
            await pilot.press("slash")
        await pilot.pause()
        at, height = places()
        assert 0 <= at < height

    drive(explorer_app(), act, size=(80, 24))


def test_a_name_that_is_cut_says_so() -> None:
    assert shortened("list_empty(one.node) and more", 12, UNICODE) == "list_empty(…"
    assert shortened("list_empty(one.node) and more", 12, ASCII) == "list_empt..."


def test_however_often_one_goes_to_and_fro_the_way_back_stays_short() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await explored(pilot)
        for _ in range(3):
            await pilot.press("n", "enter")
            assert isinstance(pilot.app.screen, PlayerScreen)
            await pilot.press("x")
            await settled(pilot)
        kinds = [type(screen).__name__ for screen in pilot.app.screen_stack]
        assert kinds == ["HomeScreen", "PlayerScreen", "ExplorerScreen"]

    drive(explorer_app(), act)


def test_a_token_of_somebody_else_neither_counts_nor_replaces_the_walk() -> None:
    mine = token_at_beat(3)
    store = walked(store_of(), WINDOW, mine)
    app = KtwvizApp(store, lessons=LESSONS, start=WINDOW, token=token_of_broken_list())

    async def act(pilot: Pilot[None]) -> None:
        assert player(pilot).hand.notice == (
            "This is the token's schedule, which breaks no-warning and lists-sound: g, then space, goes through it. "
            "It does not count for the goal: R begins one of your own."
        )
        await pilot.press("q")
        assert (store.load().of(WINDOW.id).token, store.load().of(WINDOW.id).solved) == (mine, False)

    drive(app, act)


@pytest.mark.parametrize("moves", [0, 1])
def test_a_step_of_the_script_replaces_the_walk_only_once_it_is_gone_on_from(moves: int) -> None:
    store = walked(store_of(), WINDOW, token_of_broken_list())
    app = KtwvizApp(store, lessons=LESSONS, start=WINDOW, step=12)

    async def act(pilot: Pilot[None]) -> None:
        await pilot.press(*["space"] * moves, "q")
        kept = store.load().of(WINDOW.id).token == token_of_broken_list()
        assert kept is (moves == 0)

    drive(app, act)


def test_what_is_begun_after_a_counterexample_is_gone_on_with_below_it() -> None:
    async def act(pilot: Pilot[None]) -> None:
        mine = player(pilot)
        before = mine.play.session.schedule()
        await explored(pilot)
        await pilot.press("n", "enter", "R", "1", "1")
        begun = player(pilot).play.session.schedule()
        await pilot.press("q", "q")
        assert player(pilot) is mine and mine.play.session.schedule() == begun
        assert [branch.keys for branch in mine.play.session.branches] == [before]
        assert "This is the walk that you began there." in " ".join(text_on(pilot.app).split())

    drive(explorer_app(token=token_at_beat(3)), act)
