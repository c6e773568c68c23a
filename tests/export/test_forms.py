"""The forms in which a run is passed on: the golden files, and what holds of every run."""

import re
from html.parser import HTMLParser

import pytest

from ktwviz.cli.runs import FORMS as OFFERED
from ktwviz.export.run import FORMS, IN_C
from ktwviz.lesson.parse import find_lesson, parse_lesson
from ktwviz.lesson.play import Play
from ktwviz.schedule import Token
from tests.export.forms_golden import FOLDER, WRITERS, printed, text_of
from tests.export.test_changelog import LESSON

BROKEN = "kt1/timer-window@180c/3*10.1*32.t.4*9.2*22.4*16"
"""The list breaks: the callback puts a work into it that is there already."""
IRQS_ON = """
worker = KthreadWorker()
dwork = DelayedKthreadWork(func=ran)

def ran(work):
    pass

@task(cpu=0)
def left():
    queue_delayed_kthread_work(worker, dwork, 1)
    spin_lock(worker.lock)
    spin_unlock(worker.lock)

@task(cpu=1)
def kworker():
    kthread_worker_fn(worker)
"""


def played(lesson: str, token: str = "") -> Play:
    play = Play(find_lesson(lesson))
    if token:
        play.resume(Token.parse(token))
    else:
        play.session.play(play.script.keys)
    return play


def written(lesson: str, form: str, token: str = "") -> str:
    return text_of(played(lesson, token), FORMS[form][0])


@pytest.mark.parametrize("name", WRITERS)
def test_a_run_is_written_as_the_golden_file_has_it(name: str) -> None:
    assert printed(name) == (FOLDER / name).read_text(encoding="utf-8")


def test_every_form_can_be_asked_for_and_has_its_ending() -> None:
    assert sorted([*FORMS, "svg", "cast"]) == sorted(OFFERED)
    assert set(IN_C) <= set(FORMS)


def test_the_changelog_in_c_has_the_lines_of_the_kernel() -> None:
    text = text_of(played("timer-window", BROKEN), IN_C["changelog"])
    assert "spin_lock_irqsave(&worker->lock, flags);" in text
    assert max(map(len, text.splitlines())) <= 72


def test_comments_of_the_source_stay_behind_in_both_forms() -> None:
    commented = "set_current_state(TASK_INTERRUPTIBLE)  # "
    play = played("timer-window")
    assert any(
        commented in line
        for step in play.session.picture(4).machine.contexts
        for place in step.stack
        for line in place.source
    )
    for form in (FORMS["changelog"][0], IN_C["changelog"]):
        code = [line.partition("//")[0] for line in text_of(play, form).splitlines()]
        assert not any("#" in line or "/*" in line for line in code)


# ftrace -----------------------------------------------------------------------------------------------------------


def rows_of(trace: str) -> list[re.Match[str]]:
    pattern = r" +(\S+)-(\d+) +\[(\d{3})\] ([d.][.][hs.][\d.]) +(\d+\.\d{6}): (.+)"
    found = [re.fullmatch(pattern, line) for line in trace.splitlines() if not line.startswith("#")]
    assert all(found)
    return [row for row in found if row]


def test_the_trace_has_ftrace_s_columns_and_steps_as_its_clock() -> None:
    trace = written("timer-window", "ftrace", BROKEN)
    rows = rows_of(trace)
    assert f"entries-in-buffer/entries-written: {len(rows)}/{len(rows)}   #P:2" in trace
    times = [float(row[5]) for row in rows]
    assert times == sorted(times)
    assert max(times) * 1e6 <= len(Token.parse(BROKEN).keys)


def test_the_flags_say_that_a_lock_was_taken_in_a_softirq_with_interrupts_off() -> None:
    rows = rows_of(written("timer-window", "ftrace", BROKEN))
    told = {(row[1], row[6]): row[4] for row in rows}
    assert told["client", "queue_delayed_kthread_work <-client"] == "...."
    assert told["client", "lock_acquired: worker.lock"] == "d..1"
    assert told["timer@0", "softirq_entry: timer@0"] == "..s."
    assert told["timer@0", "lock_acquired: base0.lock"] == "d.s1"


def test_a_function_that_is_called_again_is_entered_again() -> None:
    rows = rows_of(written("timer-window", "ftrace", BROKEN))
    calls = [row[6] for row in rows if row[6].startswith("kthread_work_pending <-")]
    assert calls == [
        "kthread_work_pending <-queue_delayed_kthread_work",
        "kthread_work_pending <-queue_kthread_work",
    ]


# lockdep ----------------------------------------------------------------------------------------------------------


def test_lockdep_tells_of_a_circle_though_the_run_does_not_deadlock() -> None:
    play = played("two-locks-two-orders")
    while play.session.bad_end:
        play.session.back()
    text = text_of(play, FORMS["lockdep"][0])
    assert "WARNING: possible circular locking dependency detected" in text
    assert "  lock(device);\n                            lock(worker.lock);" in text


def test_lockdep_tells_of_a_lock_that_its_holder_wants_again() -> None:
    text = written("calling-with-the-lock-held", "lockdep")
    assert "WARNING: possible recursive locking detected" in text


def test_lockdep_tells_of_a_lock_that_an_interrupt_takes_and_a_task_holds_with_interrupts_on() -> None:
    play = Play(parse_lesson(LESSON.replace("SCENARIO", IRQS_ON.strip()), "irqs.md"))
    session = play.session
    while not any(lock.name == "worker.lock" and lock.owner for lock in session.picture().locks):
        session.choose("1")
    while session.picture().machine.cpus[0].flags != "...1":
        session.choose("1")
    session.choose("t")
    while session.can("3"):
        session.choose("3")
    text = text_of(play, FORMS["lockdep"][0])
    assert "inconsistent {SOFTIRQ-ON-W} -> {IN-SOFTIRQ-W} usage." in text
    assert "timer@0 on CPU0 takes (worker.lock) in a softirq." in text
    assert "  lock(worker.lock);\n  <Interrupt>\n    lock(worker.lock);" in text


def test_lockdep_has_nothing_against_a_run_that_keeps_the_rules() -> None:
    text = written("timer-window", "lockdep")
    assert text.endswith("Lockdep has nothing to complain of in this run.")
    assert "worker.lock  client   task     irqs off  queue_delayed_kthread_work()" in text


# Table and page ---------------------------------------------------------------------------------------------------


def test_the_table_has_a_row_for_each_step_and_straight_columns() -> None:
    head, *rows = written("timer-window", "table", BROKEN).splitlines()
    assert len(rows) == len(Token.parse(BROKEN).keys)
    at = head.index("access")
    assert {row[at - 1] for row in rows} == {" "}
    assert all(row[at] != " " for row in rows)


class Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.marked: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name in ("href", "src") and value]
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] == ["mark"]:
            self.marked.append(data.strip())


@pytest.mark.parametrize("as_c", [False, True])
def test_the_page_fetches_nothing_and_marks_the_lines_that_ran(as_c: bool) -> None:
    text = text_of(played("timer-window", BROKEN), IN_C["html"] if as_c else FORMS["html"][0])
    page = Page()
    page.feed(text)
    assert page.open == []
    assert not {"script", "link", "img", "iframe"} & set(page.tags)
    assert page.links == ["https://lore.kernel.org/r/1453736711-6703-9-git-send-email-pmladek@suse.com"]
    assert "@import" not in text and "url(" not in text
    line = "spin_lock_irqsave(&worker->lock, flags);" if as_c else "flags = spin_lock_irqsave(worker.lock)"
    assert line in page.marked
    assert "Broken: worker.work_list is broken" in text
