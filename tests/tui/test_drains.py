"""Store buffers while a lesson is played: the letters under Run, and what else these letters do."""

from pathlib import Path
from textwrap import dedent

from textual.pilot import Pilot

from ktwviz.lesson.model import Lesson
from ktwviz.lesson.parse import find_lesson, parse_lesson
from ktwviz.tui.app import KtwvizApp
from ktwviz.tui.palette import player_commands
from ktwviz.tui.player.screen import PlayerScreen
from ktwviz.tui.sandbox.play import SandboxPlayer
from tests.tui.frames import drive, frame, store_of

WAITED = find_lesson("the-store-that-waited")
FOUR = """
    # Four CPUs

    ```toml lesson
    id = "four"
    kind = "memory"
    minutes = 1
    kernel = "v4"
    source = "1453736711-6703-9-git-send-email-pmladek@suse.com"
    aim = "Four buffers."
    ```

    One store on each CPU.

    ```python scenario
    memory = "tso"
    cpus = 4
    ran = Counter()

    @task(cpu=0)
    def one():
        ran.count = 1

    @task(cpu=1)
    def two():
        ran.count = 2

    @task(cpu=2)
    def three():
        ran.count = 3

    @task(cpu=3)
    def four():
        ran.count = 4
    ```

    ## A store

    It waits.

    ```toml beat
    run = "one"
    ```
"""


def player(pilot: Pilot[None]) -> PlayerScreen:
    screen = pilot.app.screen
    assert isinstance(screen, PlayerScreen)
    return screen


def playing(lesson: Lesson) -> KtwvizApp:
    return KtwvizApp(store_of(), lessons=(lesson,), start=lesson)


def four_cpus() -> Lesson:
    return parse_lesson(dedent(FOUR), str(Path("lessons/99-four.md")))


def test_the_letter_lets_the_oldest_store_arrive_as_the_lesson_says() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("space", "space")
        while "kworker" not in "".join(player(pilot).scene.picture.machine.cpus[1].waiting):
            await pilot.press("space")
        await pilot.press("b")
        session = player(pilot).play.session
        assert session.steps[session.cursor - 1].choice == "b"
        assert not player(pilot).scene.picture.machine.cpus[1].waiting
        assert "The oldest store of CPU1 has reached memory." in "".join(frame(pilot.app))

    drive(playing(WAITED), act)


def test_an_empty_buffer_says_that_it_is_empty() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("a")
        assert player(pilot).hand.notice and not player(pilot).play.session.steps

    drive(playing(WAITED), act)


def test_key_bar_and_palette_offer_the_drains() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("space")
        assert "a-b Drain" in frame(pilot.app)[-1]
        app = pilot.app
        assert isinstance(app, KtwvizApp)
        names = [
            command.title
            for command in player_commands(player(pilot), app.searches, app.symbols, app.show_schedule)
        ]
        assert {"Run drain CPU0", "Run drain CPU1"} <= set(names)

    drive(playing(WAITED), act)


def test_with_four_cpus_the_letters_drain_and_the_capitals_do_what_they_do_elsewhere() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("3", "4", "c", "d")
        session = player(pilot).play.session
        assert [step.choice for step in session.steps][-2:] == ["c", "d"]
        assert not player(pilot).scene.tongue.c
        await pilot.press("C")
        assert player(pilot).scene.tongue.c
        assert "C As run" in frame(pilot.app)[-1]

    drive(playing(four_cpus()), act, (200, 60))


def test_without_store_buffers_the_letters_drain_nothing() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("a", "b", "c")
        assert not player(pilot).play.session.steps and player(pilot).scene.tongue.c
        await pilot.press("C")
        assert not player(pilot).scene.tongue.c

    drive(playing(find_lesson("4")), act)


def test_the_letters_drain_in_a_scenario_of_the_sandbox_as_well() -> None:
    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("s", "f2")
        await pilot.pause()
        screen = pilot.app.screen
        assert isinstance(screen, SandboxPlayer)
        while not screen.scene.picture.machine.cpus[1].waiting:
            await pilot.press("2")
        await pilot.press("b")
        assert screen.play.session.steps[-1].choice == "b"

    drive(playing(WAITED), act)
