"""From a lesson being played to the scene that is drawn. This alone knows both the model and the panes."""

from collections.abc import Mapping
from functools import lru_cache

from ktwviz.lesson.compare import version_names
from ktwviz.lesson.interrupts import taken_in_interrupts
from ktwviz.lesson.play import Play
from ktwviz.lesson.scenario import Scenario, rule_called
from ktwviz.lesson.telling import digits, heading, hint_place, told, unit_of
from ktwviz.lesson.watching import Watch
from ktwviz.tui.naming import lesson_number
from ktwviz.tui.player.code import AS_RUN, Tongue
from ktwviz.tui.player.scene import Feedback, Scene, Story
from ktwviz.tui.player.track import Track
from ktwviz.values import dataclass, replace


@dataclass(frozen=True)
class Hand:
    """What the learner has in hand: the marked context, the chosen answer, and what was last told.

    `pinned` says that the learner marked it to look at it, rather than by running it. `opened` says that the walk was
    opened at its end, and that no key has moved in it yet.
    """

    marked: int = 1
    pinned: bool = False
    chosen: int = 0
    notice: str = ""
    trouble: bool = False
    hint: str = ""
    feedback: Feedback | None = None
    opened: bool = False

    def told(self, notice: str, *, trouble: bool = False) -> "Hand":
        """Return the hand with a sentence to show; `trouble` where it tells why something was refused."""
        return replace(self, notice=notice, trouble=trouble, hint="", feedback=None)


def next_key(play: Play, marked: int) -> str:
    """Return what space runs: the recorded step, else what the script wants, else the marked context."""
    if play.along_walk:
        return play.session.next_recorded
    beat = play.beat
    if beat is None or not play.on_script:
        return str(marked)
    return play.script.keys[play.session.cursor]


def tongue_of(play: Play, *, c: bool) -> Tongue:
    """Return the syntax in which a lesson's code is shown; C needs to know the scenario's variables."""
    if not c:
        return AS_RUN
    objects = play.session.picture(0).machine.objects
    return Tongue(
        c=True,
        kernel=play.scenario.version.name,
        objects=tuple((thing.name, thing.struct) for thing in objects),
    )


@lru_cache(maxsize=4)
def irq_locks(scenario: Scenario) -> Mapping[str, int]:
    """Return for the name of each lock that an interrupt takes the number of the interrupt."""
    return {name: context.number for name, context in taken_in_interrupts(scenario.machine).items()}


@lru_cache(maxsize=4)
def _watch(play: Play) -> Watch:
    return Watch(play.scenario, play.session.picture(0))


@dataclass(frozen=True)
class Score:
    """For the goal, in steps: the learner's own record, and the fewest that are possible; None while not known.

    `never` are scenarios of other versions in which every state was seen, and none that reaches the goal.
    """

    best: int | None = None
    fewest: int | None = None
    never: tuple[Scenario, ...] = ()


def stage(
    play: Play, track: Track, hand: Hand, next_lesson: str, *, as_c: bool = False, score: Score | None = None
) -> Scene:
    """Return the scene of this moment."""
    session = play.session
    picture = session.picture()
    before = session.states_to_cursor()[session.move_start] if session.cursor else None
    since = {lock.name: session.held_since(f"{lock.name}.owner") for lock in picture.locks}
    return Scene(
        picture=picture,
        previous=session.previous_picture(),
        last=session.last_steps(),
        cursor=session.cursor,
        columns=track.columns(session.steps),
        choices=session.choices(),
        next_key=next_key(play, hand.marked),
        marked=hand.marked,
        pinned=hand.pinned,
        single=session.single,
        branches=frozenset(branch.at for branch in session.branches),
        held_since={f"{name}.owner": step for name, step in since.items() if step is not None},
        patched=play.scenario.changed,
        irq_locks=irq_locks(play.scenario),
        watched=_watch(play).at(session.state, before),
        bad_end=session.bad_end,
        finished=session.finished,
        story=story_of(play, hand, next_lesson, score or Score()),
        tongue=tongue_of(play, c=as_c),
    )


def story_of(play: Play, hand: Hand, next_lesson: str, score: Score) -> Story:
    """Return the lesson's side of this moment."""
    lesson = play.lesson
    goal = lesson.goal
    move, moves = play.progress_in_beat
    here = play.scenario.variant
    never = play.scenario in score.never
    return Story(
        number=lesson_number(lesson),
        title=lesson.title,
        beat=play.beat_index,
        beats=len(lesson.beats),
        beat_title=heading(play),
        move=move,
        moves=moves,
        unit=unit_of(play),
        leads_to=play.leads_to,
        along_walk=play.along_walk,
        script_key=play.script_key if play.along_walk and play.beat is not None else "",
        deciding=digits(play).replace("`", ""),
        script_done=play.on_script and play.beat is None and play.session.cursor == len(play.script.keys),
        opened=hand.opened,
        narration=told(play, never=never),
        aim=lesson.aim,
        introduction=lesson.introduction,
        rule=_rule(play),
        on_script=play.on_script,
        quiz=play.open_quiz(),
        chosen=hand.chosen,
        quiz_number=sum(1 for beat in lesson.beats[: play.beat_index + 1] if beat.quiz),
        quiz_count=play.quiz_count,
        feedback=hand.feedback,
        goal=goal.text if goal else "",
        goal_never=never and not play.goal_trouble,
        max_steps=goal.max_steps if goal else 0,
        goal_reached=play.goal_reached and not play.shown_by,
        goal_step=play.goal_steps,
        shown_by=play.shown_by,
        own_code=play.scenario.edit is not None,
        best=score.best,
        fewest=score.fewest,
        hints=play.hints_shown(),
        hint_count=len(goal.hints) if goal else 0,
        newest_hint=hand.hint,
        hint_place=hint_place(play),
        notice=hand.notice,
        trouble=hand.trouble,
        next_lesson=next_lesson,
        fixable=lesson.fix is not None and play.scenario.edit is None,
        version="" if play.own else here,
        beside=next((name for name in version_names(lesson) if name != here), ""),
    )


def _rule(play: Play) -> str:
    rule = rule_called(play.lesson, play.scenario.rule)
    return rule.diff.text if rule else ""
