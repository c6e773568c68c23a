"""What the panes of the player draw for moments of a real run."""

import re
from dataclasses import replace

import pytest

from ktwviz.kernel.picture import ListView, TimerView
from ktwviz.lesson.parse import find_lesson
from ktwviz.lesson.play import Play
from ktwviz.lesson.watching import Watched
from ktwviz.machine.history import Event
from ktwviz.machine.snapshot import ContextView, Snapshot
from ktwviz.schedule import expand
from ktwviz.tui.player.choices import draw_banner, draw_choices
from ktwviz.tui.player.goal import draw_goal
from ktwviz.tui.player.headline import MOST, draw_headline
from ktwviz.tui.player.lanes import LABEL, draw_lanes, ruler_for
from ktwviz.tui.player.locks import draw_locks
from ktwviz.tui.player.log import draw_log
from ktwviz.tui.player.narration import draw_beat, draw_narration
from ktwviz.tui.player.predicates import draw_predicates
from ktwviz.tui.player.quiz import draw_quiz
from ktwviz.tui.player.scene import Feedback, Scene, shown_contexts
from ktwviz.tui.player.source import call_chain, draw_source, source_rows, source_subtitle, source_title
from ktwviz.tui.player.stack import draw_stack
from ktwviz.tui.player.staging import Hand, stage
from ktwviz.tui.player.strip import draw_strip, lines_needed
from ktwviz.tui.player.timers import draw_timers
from ktwviz.tui.player.track import Track
from ktwviz.tui.player.words import draw_words
from ktwviz.tui.player.worklist import draw_extras, draw_list, draw_workers
from ktwviz.tui.symbols import ASCII, UNICODE, Symbols
from tests.tui.frames import ARMED, BROKEN, EXPIRED, NOTED, SPINNING, scene_at, shortened, text_of

MOMENTS = ["-", "1", ARMED, EXPIRED, SPINNING, BROKEN]


def context(scene: Scene, number: int) -> ContextView:
    return scene.picture.machine.context(number)


def test_the_list_is_drawn_from_head_to_head() -> None:
    view = ListView("worker.work_list", ("dwork.work", "w2"), True, "")
    assert (
        text_of(draw_list(view, None, 80, UNICODE))
        == "  worker.work_list  head <-> [dwork.work] <-> [w2] <-> head  len 2"
    )


def test_a_broken_list_shows_where_it_turns_round_and_what_is_wrong() -> None:
    view = ListView("worker.work_list", ("dwork.work", "dwork.work"), False, "dwork.work is linked twice")
    drawn = text_of(draw_list(view, None, 50, UNICODE))
    assert drawn.splitlines()[-2:] == [
        "    head <-> [dwork.work] <-> [dwork.work] ↺",
        "    ✗ dwork.work is linked twice",
    ]


@pytest.mark.parametrize(
    "nodes", [("a",), ("long.work.one", "long.work.two"), ("one.work", "two.work", "three.work")]
)
@pytest.mark.parametrize("closed", [True, False])
def test_no_node_of_a_list_is_left_out_uncounted(nodes: tuple[str, ...], closed: bool) -> None:
    view = ListView("worker.work_list", nodes, closed, "")
    for width in range(30, 100):
        drawn = text_of(draw_list(view, None, width, UNICODE))
        folded = sum(int(count) for count in re.findall(r"…\+(\d+)", drawn))
        assert drawn.count("[") + folded == len(nodes), (width, drawn)


def test_a_node_that_is_alone_gives_up_the_end_of_its_name_first() -> None:
    view = ListView("worker.work_list", ("fwork@client.work",), True, "")
    assert "head <-> [fwork@client.w… <-> head" in text_of(draw_list(view, None, 38, UNICODE))
    assert "head <-> …+1 <-> head" in text_of(draw_list(view, None, 28, UNICODE))


def test_a_list_that_is_too_long_is_folded_before_its_last_node() -> None:
    view = ListView("worker.work_list", tuple(f"work{n}" for n in range(9)), True, "")
    drawn = text_of(draw_list(view, None, 50, UNICODE)).splitlines()
    assert drawn == ["  worker.work_list  len 9", "    head <-> [work0] <-> …+7 <-> [work8] <-> head"]


def test_what_the_last_move_changed_carries_a_star() -> None:
    scene = scene_at(ARMED)
    assert "* □ worker.lock  free" in text_of(draw_locks(scene, 60, UNICODE))
    before = scene_at(shortened(ARMED))
    assert "* □ worker.lock" not in text_of(draw_locks(before, 60, UNICODE))


def test_a_held_lock_says_by_whom_since_when_and_who_spins() -> None:
    drawn = text_of(draw_locks(scene_at(SPINNING), 60, UNICODE))
    assert "■ worker.lock  held by 2 rival since step" in drawn
    assert "~ 4 timer@0 spins" in drawn


def test_stores_that_wait_stand_below_their_cpu_oldest_first() -> None:
    scene = scene_at("-")
    machine = scene.picture.machine
    before = replace(scene.picture, machine=with_buffer(machine, "work.worker = worker"))
    after = replace(scene.picture, machine=with_buffer(machine, "work.worker = worker", "box.x = 1"))
    drawn = text_of(draw_locks(replace(scene, picture=after, previous=before), 60, UNICODE))
    assert drawn.splitlines()[-2:] == ["  CPU1 late  work.worker = worker", "*            box.x = 1"]
    assert "late" not in text_of(draw_locks(scene, 60, UNICODE))


def with_buffer(machine: Snapshot, *waiting: str) -> Snapshot:
    """Return the machine with these stores in the buffer of CPU1."""
    return replace(machine, cpus=(machine.cpus[0], replace(machine.cpus[1], waiting=waiting)))


def test_an_armed_timer_counts_down() -> None:
    scene = scene_at(ARMED)
    assert "dwork.timer  ◇ pending  at 1 in 1 █░░░░░░░" in text_of(
        draw_timers(scene.picture, None, 60, UNICODE)
    )


def test_an_expired_timer_is_due_now() -> None:
    scene = scene_at(EXPIRED)
    assert "* dwork.timer  ◇ expired  now" in text_of(draw_timers(scene.picture, scene.previous, 60, UNICODE))


def test_the_axis_has_now_and_the_expiry_in_their_columns() -> None:
    picture = scene_at(ARMED).picture
    late = replace(picture, timers=(TimerView("t", "pending", 300, 300, 0),))
    labels, line, marks, *_ = (line.plain for line in draw_timers(late, None, 60, UNICODE))
    assert line.index("▼") == labels.index("0") == 0
    assert labels.index("300") == marks.index("◇")


def test_a_blocked_context_shows_its_reason_at_its_line() -> None:
    scene = scene_at(SPINNING)
    drawn = text_of(draw_source(scene, context(scene, 4), 160, 10, UNICODE))
    reason = "timer@0 on CPU0 tries for worker.lock, which is held by rival on CPU1 (since step "
    assert f"~                     cpu_relax_while_locked(worker.lock, work)   {reason}" in drawn
    assert "~ spins  irq off" in source_title(scene, context(scene, 4), UNICODE).plain


def test_a_source_marks_the_next_line_and_those_just_run() -> None:
    scene = scene_at(NOTED)
    drawn = text_of(draw_source(scene, context(scene, 1), 80, 10, UNICODE))
    assert "✓     work.worker = worker" in drawn
    assert "▶     timer_stats_timer_set_start_info(dwork.timer)" in drawn


@pytest.mark.parametrize("schedule", MOMENTS)
@pytest.mark.parametrize("height", [1, 2, 3, 10])
def test_the_next_line_is_always_in_view(schedule: str, height: int) -> None:
    scene = scene_at(schedule)
    for one in scene.contexts:
        place = one.place()
        if place is not None and one.status not in ("off", "done"):
            drawn = text_of(draw_source(scene, one, 80, height, UNICODE))
            assert any(line.lstrip().startswith(str(place.line)) for line in drawn.splitlines())


@pytest.mark.parametrize("lesson", ["1", "4", "15"])
@pytest.mark.parametrize("height", [2, 4, 8, 14, 40])
def test_a_line_is_ticked_only_if_it_has_just_run(lesson: str, height: int) -> None:
    play = Play(find_lesson(lesson))
    track = Track(play.session.picture)
    ticks = 0
    for key in play.script.keys:
        play.session.choose(key, 1)
        scene = stage(play, track, Hand(), "")
        for one in scene.contexts:
            place = one.place()
            rows = source_rows(scene, one, 100, height, UNICODE)
            ticked = {number for number, row in rows if number and row.plain.startswith(f"{number}✓")}
            ran = {step.line for step in scene.last if place and step.function == place.function}
            # a statement over several lines is ticked at its first
            assert all(any(0 <= line - number <= 4 for line in ran) for number in ticked), (ticked, ran)
            ticks += len(ticked)
    assert ticks > 10


def test_idle_contexts_take_no_room() -> None:
    assert [one.name for one in shown_contexts(scene_at("-"), 9)] == ["client", "rival", "kworker"]
    assert "timer@0" in [one.name for one in shown_contexts(scene_at(EXPIRED), 9)]


def test_a_context_that_the_learner_marks_is_shown_even_if_it_is_idle() -> None:
    scene = scene_at("-", Hand(marked=5, pinned=True))
    assert "timer@1" in [one.name for one in shown_contexts(scene, 2)]


def test_the_stack_gives_the_spare_line_to_the_context_in_hand() -> None:
    drawn = text_of(draw_stack(scene_at("1"), 78, 8, UNICODE)).splitlines()
    assert [line[0] for line in drawn if line[:1].isdigit()] == ["1", "2", "3"]
    assert len(drawn) == 8


def test_lanes_have_one_column_for_each_step() -> None:
    rows = text_of(draw_lanes(scene_at(ARMED), 80, 9, UNICODE)).splitlines()
    steps = len(expand(ARMED))
    assert re.fullmatch(r"1 client        ■█+■█+◆□□", rows[1]) and len(rows[1]) == LABEL + steps
    assert re.fullmatch(r"worker.lock     1━+", rows[4]) and len(rows[4]) == LABEL + steps - 1


def test_a_step_with_a_warning_is_marked_bad_in_its_lane() -> None:
    rows = text_of(draw_lanes(scene_at(BROKEN), 120, 9, UNICODE)).splitlines()
    assert any(row.startswith("4 timer@0") and "✗" in row for row in rows)


@pytest.mark.parametrize("cursor", range(0, 300, 7))
def test_the_cursor_is_always_in_view(cursor: int) -> None:
    ruler = ruler_for(cursor, 300, 100)
    assert ruler.first <= max(1, cursor) < ruler.first + ruler.count


def test_the_narration_keeps_its_place_and_tells_the_changes_below() -> None:
    drawn = text_of(draw_narration(scene_at("1"), 78, 6, UNICODE)).splitlines()
    assert drawn[0].startswith("The client takes worker.lock with interrupts off")
    assert re.fullmatch(r"client ran line \d+.  ◆ client takes worker.lock", drawn[3])
    assert drawn[4].startswith("Changed * worker.lock.owner: NULL → client, cpu0.irqs_off: false → true")
    assert len(drawn) == 6


@pytest.mark.parametrize(("width", "height"), [(120, 3), (78, 2), (78, 1), (38, 3), (38, 2)])
def test_what_is_bad_is_told_before_what_changed_however_little_room_there_is(
    width: int, height: int
) -> None:
    scene = scene_at(BROKEN)
    bad = Event("warn", "BUG: spinlock already unlocked: worker.lock", "worker.lock")
    woken = Event("wake", "timer@0 wakes kworker", "kworker")
    last = replace(scene.last[-1], events=(woken, bad))
    drawn = text_of(draw_narration(replace(scene, last=(*scene.last[:-1], last)), width, height, UNICODE))
    assert "✗ BUG: spinlock already" in drawn


def test_a_word_of_the_program_takes_the_place_of_the_changes() -> None:
    drawn = text_of(
        draw_narration(scene_at("1", Hand(notice="worker.lock is held", trouble=True)), 78, 6, UNICODE)
    )
    assert drawn.splitlines()[-1] == "! worker.lock is held"


def test_feedback_says_whether_and_why() -> None:
    hand = Hand(feedback=Feedback(False, "pending", "The callback has not run yet."))
    drawn = text_of(draw_narration(scene_at(EXPIRED, hand), 78, 8, UNICODE))
    assert "✗ Not so: The callback has not run yet." in drawn


def test_a_question_marks_the_chosen_answer() -> None:
    quiz = scene_at(EXPIRED).story.quiz
    assert quiz is not None
    drawn = text_of(draw_quiz(quiz, 1, 76, UNICODE)).splitlines()
    assert drawn[0] == "The core now detaches the timer. What will kthread_work_pending() say?"
    assert [line[:3] for line in drawn[1:]] == ["  a", "▶ b", "  c"]


def test_the_choices_say_who_can_run_and_who_cannot() -> None:
    assert draw_choices(scene_at(SPINNING), 78, UNICODE).plain == (
        "Run  1 client ✓  2 rival  3 kworker !  4 timer@0 ~  5 timer@1 ·  t tick ·"
    )


def test_the_banner_names_the_goal_and_the_keys() -> None:
    first, *_, last = draw_banner(scene_at(BROKEN), 120, UNICODE)
    assert first.plain.startswith(
        f"✓ Goal reached at step {len(expand(BROKEN))}. worker.work_list is broken: dwork.work"
    )
    assert last.plain.rstrip().endswith("enter next lesson   d compare v4   R again")


def test_a_goal_that_is_met_after_too_many_steps_is_not_called_reached() -> None:
    scene = scene_at(BROKEN)
    late = replace(scene, story=replace(scene.story, goal_reached=False, max_steps=10))
    drawn = " ".join(line.plain for line in draw_banner(late, 80, UNICODE))
    assert f"Met at step {len(expand(BROKEN))}, and the goal allows 10: it does not count" in " ".join(
        drawn.split()
    )
    assert "Goal reached" not in drawn and "next lesson" not in drawn and "R again" in drawn


def test_a_bad_end_that_is_not_the_goal_offers_the_way_back() -> None:
    scene = scene_at(BROKEN)
    bad = replace(scene, story=replace(scene.story, goal_step=None))
    banner = draw_banner(bad, 80, UNICODE)
    assert banner[0].plain.startswith("✗ worker.work_list is broken")
    assert banner[-1].plain.rstrip().endswith("← back   d compare v4   x explore   R retry")


@pytest.mark.parametrize("schedule", MOMENTS)
def test_the_headline_is_never_wider_than_78_cells(schedule: str) -> None:
    scene = scene_at(schedule)
    long = replace(scene, story=replace(scene.story, title="A title that goes on and on " * 4))
    assert draw_headline(long, 200, UNICODE, playing=True).cell_length <= MOST


def test_the_headline_raises_the_alarm() -> None:
    assert "✗ list broken" in draw_headline(scene_at(BROKEN), 80, UNICODE).plain


@pytest.mark.parametrize(
    ("kinds", "bad_end", "alarm"),
    [
        (["warn"], "", "WARNING"),
        (["warn", "oops"], "", "oops"),
        (["warn", "bug"], "deadlock", "BUG"),
        (["warn"], "deadlock", "bad end"),
    ],
)
def test_the_headline_names_the_worst_that_has_happened(kinds: list[str], bad_end: str, alarm: str) -> None:
    scene = scene_at(ARMED)
    last = scene.columns[scene.cursor - 1]
    events = tuple(Event(kind, "it happened") for kind in kinds)
    column = replace(last, step=replace(last.step, events=events))
    columns = (*scene.columns[: scene.cursor - 1], column)
    drawn = draw_headline(replace(scene, columns=columns, bad_end=bad_end), 80, UNICODE).plain
    assert drawn.rstrip().endswith(f"✗ {alarm}")


def test_the_goal_counts_its_hints() -> None:
    drawn = text_of(draw_goal(scene_at("-").story, 40, UNICODE))
    assert drawn.startswith("□ put dwork.work on the list twice\n  in at most 120 steps")
    assert "Hint 1/2  press H" in drawn


def test_the_log_tells_events_rather_than_accesses() -> None:
    drawn = text_of(draw_log(scene_at("1*2"), 60, 9, UNICODE)).splitlines()
    assert drawn == [" 1 1 ◆ client takes worker.lock", "▶2 1 load dwork.work.node.next -> dwork.work.node"]


def test_words_that_changed_come_first() -> None:
    drawn = text_of(draw_words(scene_at(NOTED), 60, 20, UNICODE)).splitlines()
    assert next(line for line in drawn if line.startswith("*")).split() == [
        "*",
        "dwork.work.worker",
        "worker",
    ]


def strip_of(scene: Scene) -> list[str]:
    return text_of(draw_strip(scene, 78, UNICODE)).splitlines()


def test_the_three_lines_name_the_work_that_a_worker_has_in_hand_and_say_when_it_has_none_any_more() -> None:
    scene = scene_at("-")
    idle = scene.picture.workers[0]
    busy = replace(scene.picture, workers=(replace(idle, current_work="dwork.work"),))
    assert "current_work" not in strip_of(replace(scene, previous=scene.picture))[0]
    taken = replace(scene, picture=busy, previous=scene.picture)
    assert "│ * current_work dwork.work" in strip_of(taken)[0]
    assert "│ current_work dwork.work" in strip_of(replace(scene, picture=busy, previous=busy))[0]
    assert "│ * current_work NULL" in strip_of(replace(scene, previous=busy))[0]


LONG_STRIPS = [
    ("one-tick", 3),
    ("timer-window", 6),
    ("two-at-the-list", 3),
    ("flush-armed", 5),
    ("both-wait", 4),
]


@pytest.mark.parametrize(("lesson", "beat"), LONG_STRIPS)
@pytest.mark.parametrize("height", [3, 4, 6])
def test_what_finds_no_room_in_the_strip_is_counted_and_what_changed_is_never_left_out(
    lesson: str, beat: int, height: int
) -> None:
    scene = shipped_at(lesson, beat)
    for width in (58, 78, 200):
        drawn = text_of(draw_strip(scene, width, UNICODE, height))
        shown = [part for line in drawn.splitlines() for part in line.split(" │ ")]
        counted = [
            int(part.strip().removeprefix("+").split()[0]) for part in shown if part.endswith("more: z")
        ]
        whole = [
            part
            for line in text_of(draw_strip(scene, 1000, UNICODE, 3)).splitlines()
            for part in line.split(" │ ")
        ]
        assert len(shown) - len(counted) + sum(counted) == len(whole)
        assert sum("*" in part for part in shown) == sum("*" in part for part in whole)
        assert (height < lines_needed(scene, width, UNICODE)) or not counted


def test_the_lost_work_of_two_queuers_is_to_be_seen_in_the_strip() -> None:
    play = Play(find_lesson("two-at-the-list"))
    play.session.play(play.script.keys)
    play.session.single = True
    for key in "21212121":
        if not play.session.bad_end:
            play.session.choose(key)
    scene = stage(play, Track(play.session.picture), Hand(), "")
    drawn = text_of(draw_strip(scene, 78, UNICODE))
    assert "one " in drawn and "two " in drawn and "more: z" not in drawn


def test_the_three_lines_tell_which_of_two_workers_has_a_work_in_hand() -> None:
    scene = scene_at("-")
    idle = scene.picture.workers[0]
    pair = (replace(idle, name="spare"), replace(idle, name="busy", current_work="dwork.work"))
    both = replace(scene, picture=replace(scene.picture, workers=pair), previous=None)
    drawn = text_of(draw_strip(both, 200, UNICODE))
    assert "busy.current_work dwork.work" in drawn and "spare.current_work" not in drawn


def test_the_three_lines_show_the_stores_that_are_late_beside_the_locks() -> None:
    scene = scene_at("-")
    late = replace(scene.picture, machine=with_buffer(scene.picture.machine, "box.x = 1", "box.y = 2"))
    assert strip_of(replace(scene, picture=late, previous=scene.picture))[1].endswith(
        "│ * CPU1 late box.x = 1, box.y = 2"
    )
    assert "late" not in "".join(strip_of(scene))


@pytest.mark.parametrize("schedule", MOMENTS)
@pytest.mark.parametrize("width", [38, 46, 58, 78])
@pytest.mark.parametrize("symbols", [UNICODE, ASCII], ids=["unicode", "ascii"])
def test_no_pane_draws_beyond_its_width(schedule: str, width: int, symbols: Symbols) -> None:
    scene = scene_at(schedule)
    drawn = [
        *draw_workers(scene.picture, scene.previous, width, symbols),
        *draw_timers(scene.picture, scene.previous, width, symbols),
        *draw_locks(scene, width, symbols),
        *draw_predicates(scene, width, symbols),
        *draw_words(scene, width, 20, symbols),
        *draw_lanes(scene, width, 9, symbols),
        *draw_strip(scene, width, symbols),
        *draw_stack(scene, width, 8, symbols),
        *draw_narration(scene, width, 8, symbols),
        *draw_goal(scene.story, width, symbols),
        *draw_log(scene, width, 9, symbols),
        draw_choices(scene, width, symbols),
        *draw_banner(scene, width, symbols),
        *(line for one in scene.contexts for line in draw_source(scene, one, width, 9, symbols)),
    ]
    assert [line.plain for line in drawn if line.cell_length > width] == []
    assert not symbols.ascii or all(line.plain.isascii() for line in drawn)


def test_lanes_tell_what_became_of_a_work() -> None:
    drawn = text_of(draw_lanes(scene_at(BROKEN), 200, 9, UNICODE)).splitlines()
    row = next(row for row in drawn if row.startswith("dwork.work"))
    assert re.search(r"idle +armed━+ *expi?r?.*fired━+.*queued━+", row)
    narrow = text_of(draw_lanes(scene_at(BROKEN), 200, 4, UNICODE))
    assert "dwork.work " not in narrow


def test_the_narration_says_whether_its_beat_is_still_to_come_and_how_far_it_is() -> None:
    scene = scene_at("-")
    total = scene.story.moves
    assert draw_beat(scene.story, 76, UNICODE).plain == (
        f"▶ Next: The client arms the timer   beat 1 of 4, about {total} lines"
    )
    later = scene_at(NOTED).story
    assert (
        f"▶ Under way: The client arms the timer   beat 1 of 4, line {later.move + 1} of about {total}"
        == (draw_beat(later, 76, UNICODE).plain)
    )
    assert draw_beat(later, 50, UNICODE).plain.endswith(
        f"… beat 1 of 4, line {later.move + 1} of about {total}".replace("… ", "…   ")
    )
    assert draw_beat(scene_at(ARMED).story, 76, UNICODE).plain.endswith("beat 2 of 4, 1 tick")
    assert "beat" not in draw_beat(scene_at("3").story, 76, UNICODE).plain


def test_the_goal_tells_the_learner_s_best_and_what_is_possible() -> None:
    story = replace(scene_at("-").story, best=90)
    assert "your best: 90 steps" in text_of(draw_goal(story, 60, UNICODE))
    assert "your best: 90 steps; 75 are possible" in text_of(
        draw_goal(replace(story, fewest=75), 60, UNICODE)
    )
    assert "fewer are not possible" in text_of(draw_goal(replace(story, fewest=90), 60, UNICODE))


def shipped_at(id: str, beat: int) -> Scene:
    """Return the scene of a shipped lesson when this many of its beats are over."""
    play = Play(find_lesson(id))
    play.session.play(play.script.keys[: play.script.ends[beat - 1]])
    return stage(play, Track(play.session.picture), Hand(marked=1), "")


def test_the_strip_has_room_for_both_lists_of_a_merged_worker() -> None:
    lists, _, clock = text_of(draw_strip(shipped_at("flush-armed", 5), 80, UNICODE)).splitlines()
    assert lists == "  work_list empty │ delayed_work_list [dwork.work] [fwork@client.work]"
    assert "node.next" not in clock


@pytest.mark.parametrize(("beat", "shown"), [(1, ""), (2, "* canceling 1"), (3, "canceling 1")])
def test_who_cancels_a_work_is_counted_in_the_strip(beat: int, shown: str) -> None:
    drawn = text_of(draw_strip(shipped_at("queued-while-cancelled", beat), 80, UNICODE))
    assert shown in drawn
    assert bool(shown) is ("canceling" in drawn)


def test_who_cancels_a_work_is_counted_in_the_pane_of_the_works() -> None:
    scene = shipped_at("no-latch", 3)
    assert "canceling 2" in text_of(draw_workers(scene.picture, scene.previous, 60, UNICODE))
    assert "canceling" not in text_of(draw_workers(scene_at("-").picture, None, 60, UNICODE))


def test_a_line_that_the_lesson_changed_in_the_kernel_carries_a_sign_of_its_own() -> None:
    lesson = find_lesson("timer-window")
    play = Play(lesson)
    while not any(
        place.function == "kthread_work_pending" for place in play.session.picture().machine.context(1).stack
    ):
        play.session.choose("1")
    scene = stage(play, Track(play.session.picture), Hand(marked=1), "")
    for symbols in (UNICODE, ASCII):
        drawn = text_of(draw_source(scene, context(scene, 1), 120, 10, symbols)).splitlines()
        signed = [line for line in drawn if line.strip()[4:5] == symbols.patched]
        assert len(signed) == 1 and "timer_pending(work.timer)" in signed[0]


def first_lesson_at(step: int) -> Scene:
    """Return a moment of the first lesson, some steps along its script."""
    play = Play(find_lesson("meet-the-worker"))
    play.session.play(play.script.keys[:step])
    return stage(play, Track(play.session.picture), Hand(), "")


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (3, "kworker ran line 207: worker.flags is 0, so line 211 is next."),
        (7, "kworker ran line 222: worker.work_list is empty, so line 225 is next."),
        (8, "kworker ran line 225: worker.current_work stays NULL."),
        (14, "client ran line 198: work.node points to itself, work.canceling is 0, work.timer is NULL."),
        (16, "client ran line 245, nothing changed."),
        (31, "client ran line 198: work.node does not point to itself."),
    ],
)
def test_where_nothing_changed_the_narration_says_what_was_read_and_where_that_leads(
    step: int, said: str
) -> None:
    assert said in text_of(draw_narration(first_lesson_at(step), 200, 8, UNICODE))


def test_four_stores_fit_below_the_narration_of_the_small_screen() -> None:
    drawn = text_of(draw_narration(first_lesson_at(23), 78, 5, UNICODE)).splitlines()
    assert drawn[3:] == [
        "client ran line 256 in 5 accesses. Changed * worker.work_list.prev/next →",
        "work.node, work.node.next/prev → worker.work_list",
    ]
    roomy = text_of(draw_narration(first_lesson_at(23), 78, 8, UNICODE))
    assert "worker.work_list.prev: worker.work_list → work.node," in roomy


def test_changes_that_find_no_room_are_counted() -> None:
    drawn = text_of(draw_narration(first_lesson_at(23), 78, 4, UNICODE)).splitlines()
    assert drawn[-1].endswith("+1 more: z")


@pytest.mark.parametrize(("step", "ran", "following"), [(7, "222✓", "225▶"), (52, "211▶", "230")])
@pytest.mark.parametrize("height", [2, 3, 4])
def test_the_line_that_just_ran_is_among_the_few_that_are_shown(
    step: int, ran: str, following: str, height: int
) -> None:
    scene = first_lesson_at(step)
    drawn = text_of(draw_source(scene, context(scene, 2), 78, height, UNICODE))
    assert ran in drawn and (following in drawn or step == 52)
    assert len(drawn.splitlines()) == height


@pytest.mark.parametrize(
    ("step", "room", "chain"),
    [
        (10, 60, "client:38 > queue_kthread_work()"),
        (31, 60, "client:40 > queue_kthread_work()"),
        (20, 90, "client:38 > queue_kthread_work:275 > __queue_kthread_work:265 > insert_kthread_work()"),
        (20, 39, "client:38 > … > insert_kthread_work()"),
    ],
)
def test_who_called_a_function_is_told_with_the_line_of_the_call(step: int, room: int, chain: str) -> None:
    scene = first_lesson_at(step)
    place = context(scene, 1).place()
    assert place is not None
    assert call_chain(context(scene, 1), place, scene, room, UNICODE) == chain
    assert chain in draw_stack(scene, 40 + room, 8, UNICODE)[0].plain
    assert source_subtitle(scene, context(scene, 1), 80, UNICODE).plain.startswith("client:")


@pytest.mark.parametrize("width", range(14, 60, 3))
@pytest.mark.parametrize("name", ["soon.timer", "a_timer_with_a_long_name"])
def test_the_countdown_of_a_timer_is_never_cut(width: int, name: str) -> None:
    picture = scene_at(ARMED).picture
    timers = tuple(TimerView(name, "pending", 1040, 40, cpu) for cpu in (0, 1))
    drawn = text_of(draw_timers(replace(picture, timers=timers), None, width, UNICODE))
    assert drawn.count("in 40") == 2
    assert all(len(line) <= width for line in drawn.splitlines())


def test_lanes_count_the_rows_that_find_no_room() -> None:
    scene = scene_at(BROKEN)
    whole = text_of(draw_lanes(scene, 116, 30, UNICODE)).splitlines()
    assert whole[0].startswith("step  ")
    for height in range(4, len(whole)):
        drawn = text_of(draw_lanes(scene, 116, height, UNICODE)).splitlines()
        left = len(whole) - len(drawn)
        assert drawn[0].startswith(f"step +{left} row") and drawn[0][:LABEL].rstrip().endswith(": z")


def test_the_newest_hint_is_seen_whatever_the_height() -> None:
    goal = find_lesson("one-tick").goal
    assert goal is not None
    story = replace(scene_at("-").story, hints=goal.hints, hint_count=len(goal.hints), best=79, fewest=79)
    newest = " ".join(
        text_of(draw_goal(replace(story, hints=goal.hints[-1:], hint_count=1), 44, UNICODE)).split()[-6:]
    )
    for height in range(6, 20):
        lines = draw_goal(story, 44, UNICODE, height)
        assert len(lines) <= height
        assert newest in " ".join(text_of(lines).split())
    assert "2 hints before: z" in text_of(draw_goal(story, 30, UNICODE, 6))


@pytest.mark.parametrize(
    ("beats", "said"), [(3, "space follows the script"), (0, "the digits decide who runs")]
)
def test_where_there_is_no_goal_the_pane_says_what_decides(beats: int, said: str) -> None:
    story = replace(scene_at("-").story, goal="", beats=beats)
    assert text_of(draw_goal(story, 80, UNICODE)) == f"No goal: {said}."


@pytest.mark.parametrize("width", [20, 30, 40])
def test_nothing_in_the_goal_pane_breaks_inside_a_word(width: int) -> None:
    story = replace(scene_at("-").story, best=79, fewest=79)
    drawn = text_of(draw_goal(story, width, UNICODE))
    assert "your best: 79 steps, and fewer are not possible" in " ".join(drawn.split())
    assert all(len(line) <= width for line in drawn.splitlines())


def test_the_scenarios_own_words_take_a_second_line_where_one_is_too_short() -> None:
    scene = shipped_at("one-tick", 3)
    drawn = text_of(draw_extras(scene, 46, UNICODE)).splitlines()
    assert len(drawn) == 2 and "refused.count 0" in drawn[1]


def test_a_lock_that_an_interrupt_takes_is_a_danger_where_it_is_held_with_interrupts_on() -> None:
    play = Play(find_lesson("from-any-context"))
    play.session.play(play.script.keys)
    play.session.jump(30)
    scene = stage(play, Track(play.session.picture), Hand(), "")
    said = "irqs on, and 3 device takes it too"
    assert f"    ! {said}" in text_of(draw_locks(scene, 60, UNICODE)).splitlines()
    assert "! irqs on, 3 device takes it" in text_of(draw_strip(scene, 110, UNICODE))
    cpus = tuple(replace(cpu, irqs_off=True) for cpu in scene.picture.machine.cpus)
    safe = replace(scene.picture, machine=replace(scene.picture.machine, cpus=cpus))
    assert said not in text_of(draw_locks(replace(scene, picture=safe), 60, UNICODE))
    assert said not in text_of(draw_locks(replace(scene, irq_locks={}), 60, UNICODE))


def test_predicates_show_their_values_and_claims_whether_they_hold() -> None:
    drawn = text_of(draw_predicates(first_lesson_at(23), 40, UNICODE)).splitlines()
    assert drawn == [
        "* kthread_work_pending(work) true",
        "",
        "must hold always",
        "  ✓ list_length(worker.work_list) <= 1",
    ]
    broken = replace(first_lesson_at(23), watched=(Watched("a == b", False, True, claim=True),))
    assert text_of(draw_predicates(broken, 40, ASCII)).splitlines()[-1] == "* X a == b"


def test_a_long_path_does_not_hide_the_value_of_a_word() -> None:
    drawn = text_of(draw_words(scene_at(ARMED), 34, 60, UNICODE)).splitlines()
    assert "* worker.lock.owner  NULL" in drawn
    assert next(line for line in drawn if "dwork.timer.entry.pprev" in line).endswith("base0")


def test_lanes_mark_where_one_went_on_though_the_one_before_could_have() -> None:
    play = Play(find_lesson("two-at-the-list"))
    play.session.play(play.script.keys)
    scene = stage(play, Track(play.session.picture), Hand(), "")
    assert scene.decisions == {9}
    ruler = draw_lanes(scene, 78, 8, UNICODE)[0].plain
    assert ruler[LABEL + 8] == UNICODE.decision
    branched = draw_lanes(replace(scene, branches=frozenset([9])), 78, 8, UNICODE)[0].plain
    assert branched[LABEL + 8] == UNICODE.branch
    assert not first_lesson_at(59).decisions
