"""Lessons with something else in them: whatever that is, all that comes out is an answer or an error of ours."""

import random
import re
from contextlib import suppress
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ktwviz.checker.verdicts import check
from ktwviz.errors import KtwvizError
from ktwviz.lesson.claims import claims_of
from ktwviz.lesson.parse import parse_lesson
from ktwviz.lesson.scenario import build_scenario
from ktwviz.lesson.shelf import lesson_files

TEXTS = [Path(file).read_text(encoding="utf-8") for file in lesson_files()]
WORDS = sorted({word for text in TEXTS for word in re.findall(r"[A-Za-z_]\w*", text)})
VALUES = (
    *(
        "0",
        "-1",
        "None",
        "True",
        "1 << 70",
        "2 // 0",
        "18446744073709551615",
        '"x"',
        "current",
        "jiffies",
        "not 1",
    ),
    *(
        "worker",
        "work",
        "dwork.timer",
        "worker.lock.owner",
        "kthread_worker_fn",
        "Counter",
        "kzalloc(Counter)",
    ),
    *(
        "on_stack(Counter)",
        'container_of(work, Counter, "count")',
        "-jiffies",
        "jiffies * 2",
        "base0",
        "clock",
    ),
)
CALLS = (
    *(
        "freeze_task({0})",
        "kthread_stop({0})",
        "spin_lock({0})",
        "spin_unlock({0})",
        "kfree({0})",
        "complete({0})",
    ),
    *("mod_timer({0}, jiffies)", "wake_up_process({0})", "schedule()", "might_sleep()", "local_irq_enable()"),
    *("become_frozen()", "del_timer_sync({0})", "preempt_enable()", "tick()", "timer_softirq_raised({0})"),
    *("kthread_create({0}, {0})", "leave_stack({0})", "internal_add_timer(base0, {0})", "detach_timer({0})"),
)
CHARACTERS = "()[]{}\"'\\\x00\x0c\u2028=+-*.,:;#@`~\n\t 09aZ\ufeff"
MUTATIONS = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def mutated(text: str, chance: random.Random) -> str:
    """Return a lesson with a few words, lines or characters of its scenario or claims replaced."""
    for _ in range(chance.choice((1, 1, 2, 4))):
        fences = list(
            re.finditer(
                r"```(?:python|toml|diff) (?:scenario|property|goal|rule)[^\n]*\n(.*?)```", text, re.DOTALL
            )
        )
        start, end = chance.choice(fences).span(1)
        text = text[:start] + _part(text[start:end], chance) + text[end:]
    return text


def _part(part: str, chance: random.Random) -> str:
    kind = chance.random()
    lines = part.split("\n")
    if kind < 0.4:
        words = list(re.finditer(r"[A-Za-z_]\w*|\d+", part))
        if words:
            word = chance.choice(words)
            return part[: word.start()] + chance.choice((*VALUES, chance.choice(WORDS))) + part[word.end() :]
    if kind < 0.75:
        inside = [n for n, line in enumerate(lines) if line.startswith("    ")] or [0]
        call = chance.choice(CALLS).format(chance.choice(VALUES))
        lines.insert(chance.choice(inside), f"    {call}")
        return "\n".join(lines)
    if kind < 0.9:
        del lines[chance.randrange(len(lines))]
        return "\n".join(lines)
    place = chance.randrange(len(part) + 1)
    return part[:place] + chance.choice(CHARACTERS) + part[place:]


ODD = """
def f(work):
    pass
worker = KthreadWorker()
work = KthreadWork(func=f)
dwork = DelayedKthreadWork(func=f)
{mark}
def odd():
    {body}
@task(cpu=0)
def client():
    work.canceling = 0
"""


def judge(text: str, order: str) -> None:
    scenario = build_scenario(parse_lesson(text, "odd.md"), memory=order)
    check(scenario.machine, claims_of(scenario), most_states=300)


@MUTATIONS
@given(st.integers(min_value=0), st.sampled_from(["", "", "tso"]))
def test_a_mutated_lesson_gives_an_answer_or_an_error_of_ours(seed: int, order: str) -> None:
    chance = random.Random(seed)
    text = mutated(chance.choice(TEXTS), chance)
    with suppress(KtwvizError):
        judge(text, order)


@MUTATIONS
@given(st.sampled_from(CALLS), st.sampled_from(VALUES), st.sampled_from(["task", "irq", "claim"]))
def test_no_call_with_a_wrong_argument_is_an_error_of_the_program(call: str, value: str, where: str) -> None:
    call = call.format(value)
    body = "pass" if where == "claim" else call
    claim = f"```toml property\nalways = '{call}'\n```" if where == "claim" else ""
    mark = "@irq(cpu=0)" if where == "irq" else "@task(cpu=0)"
    odd = ODD.format(mark=mark, body=body)
    text = TEXTS[0]
    fence = re.search(r"```python scenario\n(.*?)```", text, re.DOTALL)
    assert fence is not None
    text = text[: fence.start(1)] + odd + text[fence.end(1) :] + claim
    with suppress(KtwvizError):
        judge(text, "")
