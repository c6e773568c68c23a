"""A fix is accepted if it holds under all interleavings with every property; what only looks like one is refuted."""

import textwrap
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ktwviz.errors import LessonError, ScheduleError
from ktwviz.lesson.fix import Judgement, because_of, judge_fix, posted_text, text_to_fix, trouble_while_typing
from ktwviz.lesson.model import Code, Fix, Lesson, WrongFix
from ktwviz.lesson.parse import find_lesson, load_lesson
from ktwviz.lesson.proof import key_of_proof
from ktwviz.lesson.shelf import lesson_files
from ktwviz.lesson.verify import check_lesson
from ktwviz.session import Session

LOCK = find_lesson("3")
WINDOW = find_lesson("4")
RIGHT_LINES = text_to_fix(WINDOW).splitlines()
HEADS = {
    LOCK: "def queue_kthread_work(worker: KthreadWorker, work: KthreadWork) -> bool:\n",
    WINDOW: "def kthread_work_pending(work: KthreadWork) -> bool:\n",
}


def text_of_any_kind() -> st.SearchStrategy[str]:
    """Return texts near and far from a function: pieces of the real ones, signs, and anything."""
    lines = [
        *RIGHT_LINES,
        "    pass",
        "    while True:",
        "        break",
        "x = 1",
        "    return (",
        "",
        "    timer = 0",
    ]
    near = st.lists(st.sampled_from(lines), max_size=8).map("\n".join)
    return st.one_of(near, st.text(max_size=80), st.text(alphabet="()[]:=.\n\t def", max_size=60))


def judged(lesson: Lesson, body: str) -> Judgement:
    return judge_fix(lesson, HEADS[lesson] + textwrap.indent(textwrap.dedent(body), "    "))


def refused(lesson: Lesson, body: str) -> str:
    with pytest.raises(LessonError) as caught:
        judged(lesson, body)
    return str(caught.value)


def fix_of(lesson: Lesson) -> Fix:
    assert lesson.fix is not None
    return lesson.fix


def test_the_learner_begins_with_the_function_as_the_rule_left_it() -> None:
    assert text_to_fix(WINDOW).splitlines()[-1] == (
        "    return not list_empty(work.node) or work.canceling or (work.timer and timer_pending(work.timer))"
    )
    assert "    spin_lock(worker.lock)" in text_to_fix(LOCK).splitlines()


@pytest.mark.parametrize("lesson", [LOCK, WINDOW], ids=["lock", "window"])
def test_the_function_as_the_rule_left_it_is_no_fix(lesson: Lesson) -> None:
    assert judge_fix(lesson, text_to_fix(lesson)).kind == "broken"


SHIPPED = [load_lesson(file) for file in lesson_files()]


@pytest.mark.parametrize(
    "lesson",
    [lesson for lesson in SHIPPED if lesson.fix and lesson.rule],
    ids=lambda lesson: lesson.id,
)
def test_where_a_rule_made_the_bug_the_given_answer_is_the_code_as_posted(lesson: Lesson) -> None:
    assert fix_of(lesson).right.text.strip() == posted_text(lesson).strip()


IDLE = [
    ("return False", "no-warning"),
    ("return True", "refusal-kept"),
    ("pass", "no-warning"),
    ("while work.timer:\n    pass", "no-hang"),
    ("BUG_ON(True)\nreturn False", "no-oops"),
    ("return not list_empty(work.node)", None),
    ("return not list_empty(work.node) or work.worker", "refusal-kept"),
    ("return not list_empty(work.node) or timer_active(work.timer)", "no-oops"),
    ("work.timer = None\nreturn not list_empty(work.node)", None),
    ("spin_unlock(work.worker.lock)\nreturn False", "no-oops"),
    ("schedule()\nreturn False", None),
    (
        """
        if work.timer and timer_active(work.timer):
            return True
        list_del_init(work.node)
        return False
        """,
        "work-accounted",
    ),
    (
        """
        while work.timer and timer_active(work.timer):
            cpu_relax()
        return not list_empty(work.node)
        """,
        "no-hang",
    ),
    (
        """
        while work.timer and timer_active(work.timer):
            cond_resched()
        return not list_empty(work.node)
        """,
        "no-warning",
    ),
    (
        """
        local_irq_enable()
        return not list_empty(work.node) or (work.timer and timer_active(work.timer))
        """,
        "no-warning",
    ),
]


@pytest.mark.parametrize(("body", "breaks"), IDLE)
def test_what_a_lazy_learner_types_into_the_window_is_refuted(body: str, breaks: str | None) -> None:
    judgement = judged(WINDOW, body)
    assert judgement.kind == "broken"
    assert breaks is None or judgement.broken == breaks


LOCKED = """
flags = spin_lock_irqsave(worker.lock)
if not kthread_work_pending(work):
    __queue_kthread_work(worker, work)
spin_unlock_irqrestore(worker.lock, flags)
"""

LAZY = [
    ("return False", "refusal-kept"),
    ("return True", "work-accounted"),
    (f"{LOCKED}return True", "work-accounted"),
    (f"{LOCKED}return False", "work-accounted"),
    ("if not kthread_work_pending(work):\n    __queue_kthread_work(worker, work)\nreturn True", "no-warning"),
    ("flags = spin_lock_irqsave(worker.lock)\nreturn False", "no-warning"),
    ("work.func(work)\nreturn True", "work-accounted"),
    (
        """
        if not spin_trylock(worker.lock):
            return False
        ret = not kthread_work_pending(work)
        if ret:
            __queue_kthread_work(worker, work)
        spin_unlock(worker.lock)
        return ret
        """,
        None,
    ),
    (
        """
        flags = spin_lock_irqsave(worker.lock)
        list_add_tail(work.node, worker.work_list)
        work.worker = worker
        spin_unlock_irqrestore(worker.lock, flags)
        return True
        """,
        None,
    ),
]


@pytest.mark.parametrize(("body", "breaks"), LAZY)
def test_what_a_lazy_learner_types_under_the_lock_is_refuted(body: str, breaks: str | None) -> None:
    judgement = judged(LOCK, body)
    assert judgement.kind == "broken"
    assert breaks is None or judgement.broken == breaks


FORGETFUL = {
    "the timer": ("list_empty(work.node) and not work.canceling", "no-warning"),
    "who cancels": (
        "list_empty(work.node) and not (work.timer and timer_active(work.timer))",
        "cancel-final",
    ),
}


@pytest.mark.parametrize("number", ["3", "6", "7", "11"])
@pytest.mark.parametrize("forgotten", FORGETFUL)
def test_a_text_that_asks_for_itself_and_forgets_half_of_it_is_refuted(number: str, forgotten: str) -> None:
    lesson = find_lesson(number)
    idle, broken = FORGETFUL[forgotten]
    right = fix_of(lesson).right.text
    judgement = judge_fix(lesson, right.replace("not kthread_work_pending(work)", idle))
    assert (judgement.kind, judgement.broken) == ("broken", broken)


def test_a_pending_test_that_does_not_ask_whether_somebody_cancels_is_refuted() -> None:
    judgement = judge_fix(WINDOW, fix_of(WINDOW).right.text.replace(" or work.canceling", ""))
    assert (judgement.kind, judgement.broken) == ("broken", "cancel-final")


CALL = "            __set_current_state(TASK_RUNNING)\n            work.func(work)\n"


@pytest.mark.parametrize("number", ["5", "12", "13", "14", "15"])
@pytest.mark.parametrize(
    ("line", "instead"),
    [
        ("worker.task = None", "pass"),
        ("worker.current_work = work", "pass"),
        (CALL, "            work.func(work)\n"),
    ],
    ids=["task", "current-work", "state"],
)
def test_a_worker_without_one_of_its_lines_is_refuted(number: str, line: str, instead: str) -> None:
    lesson = find_lesson(number)
    right = fix_of(lesson).right.text
    assert line in right
    assert judge_fix(lesson, right.replace(line, instead)).kind == "broken"


OTHERWISE = [
    (
        WINDOW,
        """
        if work.timer and timer_active(work.timer):
            return True
        return work.canceling or not list_empty(work.node)
        """,
    ),
    (
        LOCK,
        """
        ret = False
        flags = local_irq_save()
        spin_lock(worker.lock)
        if not kthread_work_pending(work):
            __queue_kthread_work(worker, work)
            ret = True
        spin_unlock(worker.lock)
        local_irq_restore(flags)
        return ret
        """,
    ),
]


@pytest.mark.parametrize(("lesson", "body"), OTHERWISE, ids=["window", "lock"])
def test_another_right_text_than_the_given_one_holds(lesson: Lesson, body: str) -> None:
    judgement = judged(lesson, body)
    assert (judgement.kind, judgement.how, judgement.keys) == ("holds", "", ())
    assert judgement.interleavings and judgement.interleavings > judgement.states > 5_000


REFUSED = [
    ("return (", "your code:2: kthread_work_pending() is no valid Python: '(' was never closed"),
    ("for x in y:\n    pass", "your code:2: stepped code has no for loop: write a while loop"),
    ("\n\nreturn work == dwork.work", "your code:4: 'dwork' is defined neither here nor in the kernel"),
    ("return sleeps('kworker')", "your code:2: 'sleeps' is a question that lessons ask about a run"),
    ("tick()", "your code:2: 'tick' is a part of the machine: the kernel's code cannot use it"),
    ("return base0.lock.owner", "your code:2: 'base0' is a part of the machine"),
    ("return queue_kthread_work(work.worker, work)", "recursion (kthread_work_pending -> queue_kthread_work"),
]


@pytest.mark.parametrize(("body", "message"), REFUSED)
def test_what_is_no_kernel_code_is_refused_at_its_line(body: str, message: str) -> None:
    assert message in refused(WINDOW, body)


def test_a_local_may_be_called_like_a_question() -> None:
    assert judged(WINDOW, "runs = not list_empty(work.node)\nreturn runs").kind == "broken"


def test_parameters_keep_their_number_and_their_names() -> None:
    for head in ("def kthread_work_pending(w):", "def kthread_work_pending(work, really):"):
        with pytest.raises(LessonError, match=r"your code:1: kthread_work_pending\(\) takes \(work\)"):
            judge_fix(WINDOW, f"{head}\n    return False\n")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected the function"),
        ("def other(work):\n    return True\n", "expected the function kthread_work_pending"),
        ("x = 1\ndef kthread_work_pending(work):\n    return True\n", "expected the function"),
        ("@inline\ndef kthread_work_pending(work):\n    return True\n", "a decorator has no meaning here"),
        (f"{HEADS[WINDOW]}    return {'not ' * 1000} True\n", "nested"),
        (f"{HEADS[WINDOW]}    x = '{'x' * 20_000}'\n", "10,000 are possible"),
    ],
    ids=["nothing", "another", "more", "decorated", "deep", "long"],
)
def test_a_text_that_is_not_the_function_is_refused(text: str, message: str) -> None:
    with pytest.raises(LessonError, match=message.replace("(", r"\(")):
        judge_fix(WINDOW, text)


def test_lines_above_the_function_do_not_shift_what_the_player_shows() -> None:
    text = f"# tried this first\n\n{HEADS[WINDOW]}    BUG_ON(True)\n    return False\n"
    judgement = judge_fix(WINDOW, text)
    assert "at your code:4 kthread_work_pending(): BUG_ON(True)" in judgement.how


def test_a_function_of_the_worker_loop_keeps_what_the_checker_follows_works_by() -> None:
    lesson = replace(WINDOW, fix=replace(fix_of(WINDOW), function="kthread_worker_fn"))
    text = text_to_fix(lesson)
    with pytest.raises(LessonError, match="keep that call"):
        judge_fix(lesson, text.replace("work.func(work)", "worker.current_work.func(work)"))
    with pytest.raises(LessonError, match="cannot be edited"):
        judge_fix(replace(WINDOW, fix=replace(fix_of(WINDOW), function="call_timer_fn")), "pass")


def test_a_counterexample_plays_in_its_scenario_and_ends_badly() -> None:
    wrong = fix_of(LOCK).wrong[0].code.text
    judgement = judge_fix(LOCK, wrong)
    assert judgement.broken == "no-deadlock"
    # it is the trial that shows it: in the lesson's scenario interrupts are on before
    assert judgement.scenario.lesson.scenario == fix_of(LOCK).trials[0]
    session = Session(judgement.scenario.machine)
    session.play(judgement.keys)
    assert session.bad_end.startswith("deadlock: client on CPU0 cannot run before device ends")


def test_a_loop_that_goes_on_without_an_access_is_followed_no_further_and_proves_nothing() -> None:
    judgement = judged(WINDOW, "while True:\n    pass")
    assert judgement.kind == "undetermined"


def test_a_search_that_is_ended_says_undetermined_and_never_holds() -> None:
    right = fix_of(WINDOW).right.text
    judgement = judge_fix(WINDOW, right, interrupted=lambda states: "esc" if states > 3000 else "")
    assert judgement.kind == "undetermined"
    assert "the search ended at esc" in judgement.how
    assert judgement.interleavings is None


def test_a_token_cannot_carry_another_text_and_says_so() -> None:
    scenario = judge_fix(WINDOW, text_to_fix(WINDOW)).scenario
    with pytest.raises(ScheduleError, match=r"another text of kthread_work_pending\(\)"):
        scenario.token(("1",))


# ktwviz check -----------------------------------------------------------------------------------------------------


def with_fix(lesson: Lesson, **changes: object) -> Lesson:
    return replace(lesson, fix=replace(fix_of(lesson), **changes))  # type: ignore[arg-type]  # any field of a fix


def troubles(lesson: Lesson) -> list[str]:
    return [str(trouble) for trouble in check_lesson(lesson).troubles]


def test_check_tells_a_right_text_that_breaks_and_a_wrong_one_that_holds() -> None:
    right, wrong = fix_of(WINDOW).right, fix_of(WINDOW).wrong[0].code
    found = troubles(with_fix(WINDOW, right=wrong, wrong=(WrongFix(right, "because"),)))
    assert f"{WINDOW.file}:{wrong.line}: the right text breaks 'refusal-kept'" in found[0]
    assert f"{WINDOW.file}:{right.line}: this wrong text holds under all interleavings" in found[1]
    assert len(found) == 2


def test_check_names_the_line_in_the_fence_where_a_text_is_refused() -> None:
    text = fix_of(WINDOW).right.text.replace("    return", "    x = [1]\n    return")
    found = troubles(with_fix(WINDOW, right=Code(text, 100)))
    assert found == [
        f"{WINDOW.file}:102: stepped code has no list: use struct list_head, or several variables"
    ]


def test_check_names_a_function_that_does_not_exist_once() -> None:
    found = troubles(with_fix(WINDOW, function="kthread_work_pendin"))
    assert found == [
        f"{WINDOW.file}:{fix_of(WINDOW).line}: the kernel has no function 'kthread_work_pendin', "
        "did you mean 'kthread_work_pending'?"
    ]


def test_check_takes_undetermined_for_no_proof() -> None:
    result = check_lesson(WINDOW, interrupted=lambda states: "2 seconds" if states > 3000 else "")
    assert result.undetermined
    assert any(note.startswith("the right text at line") for note in result.notes)


# While typing -----------------------------------------------------------------------------------------------------


@given(text_of_any_kind())
def test_no_text_at_all_breaks_what_looks_at_it_while_it_is_typed(text: str) -> None:
    trouble = trouble_while_typing(WINDOW, text)
    assert trouble is None or (trouble.file == "your code" and trouble.message)
    assert because_of(WINDOW, text) in ("", *(wrong.because for wrong in fix_of(WINDOW).wrong))


def test_what_is_refused_while_typing_is_refused_by_the_judge_with_the_same_words() -> None:
    text = text_to_fix(WINDOW).replace("list_empty", "list_emty")
    trouble = trouble_while_typing(WINDOW, text)
    assert trouble is not None and trouble.line == 3
    with pytest.raises(LessonError, match="did you mean 'list_empty'"):
        judge_fix(WINDOW, text)


def test_a_wrong_text_is_known_again_with_other_comments_and_layout() -> None:
    wrong = fix_of(WINDOW).wrong[0]
    text = (
        "def kthread_work_pending(work):\n    # because it has one\n"
        + wrong.code.text.splitlines()[-1]
        + "\n"
    )
    assert because_of(WINDOW, text) == wrong.because
    assert because_of(WINDOW, fix_of(WINDOW).right.text) == ""


def test_a_proof_is_of_one_lesson_as_it_is() -> None:
    key = key_of_proof(WINDOW)
    assert key == key_of_proof(WINDOW) != key_of_proof(LOCK)
    assert key != key_of_proof(replace(WINDOW, properties=()))
    assert key != key_of_proof(replace(WINDOW, fix=replace(fix_of(WINDOW), trials=())))
    assert key == key_of_proof(replace(WINDOW, closing="Other words."))
