"""A lesson file becomes a Lesson, or a list of everything that is wrong with it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ktwviz.errors import LessonError, UnknownName
from ktwviz.kernel.history import VERSION_NAMES
from ktwviz.lesson import reading, shelf
from ktwviz.lesson.model import Answer, Beat, Code, Fix, Goal, Lesson, Property, Quiz, Rule, WrongFix
from ktwviz.lesson.parse import find_lesson, load_lesson, parse_lesson
from ktwviz.lesson.shelf import lesson_files

VERSIONS = ", ".join(VERSION_NAMES)

SOURCE = """\
# Neither pending *nor* queued

```toml lesson
id = "timer-window"
kind = "race"
minutes = 6
needs = ["one-tick"]
kernel = "v4"
source = "1453736711-6703-9-git-send-email-pmladek@suse.com"
aim = "Name the moment in which nobody owns the work."
rule = "pending-only"
```

A delayed work waits on
no list. It is pending because its **timer** is: `timer_pending()`.

It is [discussed](https://lore.kernel.org/x).

```python scenario
worker = KthreadWorker()
```

```diff rule pending-only
 def kthread_work_pending(work):
-    return timer_active(work.timer)
+    return timer_pending(work.timer)
```

```toml property
always = "not list_corrupted(worker.work_list)"
broken_by = ["pending-only", "v4"]
```

## The timer leaves its wheel

The core unlinks an expired
timer *before* it calls the callback:

```c
detach_timer(timer);
```

```toml quiz
ask = "What does the client see?"
# answers
[[answer]]
text = "pending"
because = "The callback has not run yet."
[[answer]]
text = "not pending"
because = "Off the wheel, not yet on the list."
proof = "not kthread_work_pending(dwork.work)"
```

```toml beat
run = "timer"
until = "delayed_kthread_work_timer_fn"
expect = ["not timer_pending(dwork.timer)", "list_empty(dwork.work.node)"]
```

## The client comes in

Now the client runs.

```toml beat
run = "client"
```

```toml goal
text = "Corrupt the list."
reach = "list_corrupted(worker.work_list)"
max_steps = 27
hints = ["Who else may queue the work now?"]
```

```toml fix
function = "kthread_work_pending"
ask = "Let it say yes as long as somebody is going to run the work."
because = ["Whoever asks queues it again."]
```

```python fix
return timer_active(work.timer)
```

```python wrong
return False
```

```python trial
work = KthreadWork(func=count_run)
```

## What happened

Nobody owned the work.
"""


def line_of(text: str, source: str = SOURCE) -> int:
    """Return the line at which a piece of text begins."""
    return source[: source.index(text)].count("\n") + 1


def changed(old: str, new: str) -> str:
    assert SOURCE.count(old) == 1, old
    return SOURCE.replace(old, new)


def troubles(source: str) -> list[str]:
    with pytest.raises(LessonError) as caught:
        parse_lesson(source, "04.md")
    assert str(caught.value) == "\n".join(str(trouble) for trouble in caught.value.troubles)
    return str(caught.value).split("\n")


@pytest.fixture(scope="module")
def lesson() -> Lesson:
    return parse_lesson(SOURCE, "lessons/04-timer-window.md")


def test_the_header_is_read(lesson: Lesson) -> None:
    assert (lesson.file, lesson.title) == ("lessons/04-timer-window.md", "Neither pending nor queued")
    assert (lesson.id, lesson.kind, lesson.minutes) == ("timer-window", "race", 6)
    assert (lesson.needs, lesson.kernel, lesson.rule) == (("one-tick",), "v4", "pending-only")
    assert lesson.source == "1453736711-6703-9-git-send-email-pmladek@suse.com"
    assert lesson.aim == "Name the moment in which nobody owns the work."


def test_prose_is_joined_to_paragraphs_and_code_keeps_its_backticks(lesson: Lesson) -> None:
    assert lesson.introduction == (
        "A delayed work waits on no list. It is pending because its timer is: `timer_pending()`.\n\n"
        "It is discussed (https://lore.kernel.org/x)."
    )
    assert lesson.closing == "Nobody owned the work."


def test_code_and_diffs_know_the_line_they_begin_at(lesson: Lesson) -> None:
    assert lesson.scenario == Code("worker = KthreadWorker()\n", line_of("worker = KthreadWorker()"))
    (rule,) = lesson.rules
    first = " def kthread_work_pending(work):"
    assert rule == Rule("pending-only", Code(rule.diff.text, line_of(first)))
    assert rule.diff.text.startswith(first)


def test_a_property_says_which_rules_break_it(lesson: Lesson) -> None:
    assert lesson.properties == (
        Property(
            "always",
            "not list_corrupted(worker.work_list)",
            ("pending-only", "v4"),
            line_of("```toml property"),
        ),
    )


def test_a_beat_has_narration_illustration_and_quiz(lesson: Lesson) -> None:
    first, second = lesson.beats
    assert first == Beat(
        title="The timer leaves its wheel",
        narration="The core unlinks an expired timer before it calls the callback:\n\n"
        "```c\ndetach_timer(timer);\n```",
        run="timer",
        until="delayed_kthread_work_timer_fn",
        expect=("not timer_pending(dwork.timer)", "list_empty(dwork.work.node)"),
        quiz=first.quiz,
        line=line_of('```toml beat\nrun = "timer"'),
    )
    assert (second.run, second.until, second.expect, second.quiz) == ("client", "", (), None)


def test_each_answer_knows_its_line(lesson: Lesson) -> None:
    line = line_of("[[answer]]")
    assert lesson.beats[0].quiz == Quiz(
        "What does the client see?",
        (
            Answer("pending", "The callback has not run yet.", "", line),
            Answer(
                "not pending",
                "Off the wheel, not yet on the list.",
                "not kthread_work_pending(dwork.work)",
                line + 3,
            ),
        ),
        line_of("```toml quiz"),
    )


def test_goal_and_fix_are_read(lesson: Lesson) -> None:
    assert lesson.goal == Goal(
        "Corrupt the list.",
        "list_corrupted(worker.work_list)",
        27,
        ("Who else may queue the work now?",),
        line_of("```toml goal"),
    )
    assert lesson.fix == Fix(
        "kthread_work_pending",
        "Let it say yes as long as somebody is going to run the work.",
        Code("return timer_active(work.timer)\n", line_of("return timer_active(work.timer)\n```")),
        (WrongFix(Code("return False\n", line_of("return False")), "Whoever asks queues it again."),),
        (Code("work = KthreadWork(func=count_run)\n", line_of("```python trial") + 1),),
        line_of("```toml fix"),
    )


LEAST = """\
# Least

```toml lesson
id = "least"
kind = "basics"
minutes = 1
source = "x"
aim = "y"
```

```python scenario
worker = KthreadWorker()
```

## One

Told.

```toml beat
run = "tick"
```
"""


def test_what_may_be_left_out_has_a_default() -> None:
    least = parse_lesson(LEAST, "least.md")
    assert (least.needs, least.kernel, least.rule) == ((), "v4", "")
    assert (least.rules, least.properties, least.goal, least.fix) == ((), (), None, None)
    assert (least.introduction, least.closing) == ("", "")
    goal = parse_lesson(LEAST + '\n```toml goal\ntext = "a"\nreach = "b"\n```\n', "least.md").goal
    assert goal is not None
    assert (goal.max_steps, goal.hints) == (0, ())


@pytest.mark.parametrize("ending", ["\r\n", "\r"], ids=["windows", "old mac"])
def test_line_ends_and_byte_order_marks_of_other_systems_change_nothing(ending: str, lesson: Lesson) -> None:
    text = "\ufeff" + SOURCE.replace("\n", ending)
    assert parse_lesson(text, "lessons/04-timer-window.md") == lesson


def test_a_comment_is_for_authors_and_told_to_nobody() -> None:
    source = "<!-- SPDX: GPL-2.0 -->\n" + LEAST.replace("Told.", "Told.<!-- why -->\n\n<!-- not -->\n\nMore.")
    assert parse_lesson(source, "a.md").beats[0].narration == "Told.\n\nMore."


def test_lists_tables_and_quotations_stay_what_they_are() -> None:
    told = """\
Look:

- the *timer*
  is gone
  - and so is `x`
- all

3. three

> A quotation

| a | b |
|---|---|
| 1 | 2 |

A line\\
broken, an `a*b`, 2 \\* 3 and <https://lwn.net>.
"""
    beat = parse_lesson(LEAST.replace("Told.\n", told), "a.md").beats[0]
    assert beat.narration == (
        "Look:\n\n- the timer is gone\n  - and so is `x`\n- all\n\n3. three\n\n> A quotation\n\n"
        "| a | b |\n|---|---|\n| 1 | 2 |\n\nA line\nbroken, an `a*b`, 2 * 3 and https://lwn.net."
    )


def test_several_closing_sections_keep_the_headings_between_them() -> None:
    closing = parse_lesson(SOURCE + "\n## What came of it\n\nPatch 09.\n", "a.md").closing
    assert closing == "Nobody owned the work.\n\n## What came of it\n\nPatch 09."


def test_an_empty_file_lacks_everything() -> None:
    assert troubles("") == [
        "04.md: the lesson has no ```python scenario: add one with the objects and the tasks",
        "04.md: the lesson has no ```toml lesson: add one with id, kind, minutes, kernel, source and aim",
        "04.md: the lesson has no beat: add a ## heading, narration and a ```toml beat",
        "04.md: the lesson has no title: begin the file with a line like # Neither pending nor queued",
    ]


def test_all_troubles_of_a_file_are_named_at_once() -> None:
    source = SOURCE
    for old, new in (
        ('kind = "race"', 'kind = "raec"'),
        ("minutes = 6", 'minuts = "six"'),
        ('proof = "not', 'prof = "not'),
        ('run = "timer"', "run = 1"),
        ("```toml goal", "```toml gaol"),
    ):
        source = source.replace(old, new)
    kinds = "basics, race, deadlock, corruption, memory, challenge"
    header = "id, kind, minutes, needs, kernel, mended_in, source, aim, rule, part"
    fences = (
        "toml lesson, python scenario, diff rule, toml property, toml beat, toml quiz, toml goal, toml fix, "
        "python fix, python wrong, python trial"
    )
    assert troubles(source) == [
        "04.md:3: `toml lesson` lacks 'minutes': write for example minutes = 6",
        f"04.md:5: kind 'raec' is unknown, did you mean 'race'? (possible: {kinds})",
        f"04.md:6: `toml lesson` has no key 'minuts', did you mean 'minutes'? (possible: {header})",
        f"04.md:{line_of('[[answer]]')}: no answer has a proof: "
        'give the right one proof = "an expression that holds then"',
        f"04.md:{line_of('proof =')}: `toml quiz, [[answer]]` has no key 'prof', did you mean 'proof'? "
        "(possible: text, because, proof)",
        f"04.md:{line_of('run =')}: 'run' of `toml beat` is the number 1, but must be a text: "
        'write run = "client", the name of a context, or "tick"',
        f"04.md:{line_of('```toml goal')}: unknown fence 'toml gaol', did you mean 'toml goal'? "
        f"(possible: {fences}; an illustration has one word or none)",
    ]


HEADER_TROUBLES = [
    (
        'id = "timer-window"',
        'id = "Timer Window"',
        "id 'Timer Window' may hold a-z, 0-9 and - alone: write id = 'timer-window'",
    ),
    (
        'id = "timer-window"',
        'id = ""',
        "'id' of `toml lesson` is blank: write id = \"some-name\", of a-z, 0-9 and -",
    ),
    (
        "minutes = 6",
        "minutes = true",
        "'minutes' of `toml lesson` is true, but must be a whole number from 1 on: write for example minutes = 6",
    ),
    (
        "minutes = 6",
        "minutes = 0",
        "'minutes' of `toml lesson` is the number 0, but must be a whole number from 1 on: "
        "write for example minutes = 6",
    ),
    (
        "minutes = 6",
        "minutes = 2016-10-11",
        "'minutes' of `toml lesson` is a date or time, but must be a whole number from 1 on: "
        "write for example minutes = 6",
    ),
    (
        'needs = ["one-tick"]',
        'needs = "one-tick"',
        "'needs' of `toml lesson` is the text 'one-tick', but must be a list of texts: write needs = [\"one-tick\"]",
    ),
    (
        'needs = ["one-tick"]',
        "needs = [4]",
        "'needs' of `toml lesson` is the number 4, but must be a list of texts that are not blank: "
        'write needs = ["one-tick"]',
    ),
    (
        'needs = ["one-tick"]',
        'needs = ["One tick"]',
        "needs 'One tick' is no id of a lesson: ids are made of a-z, 0-9 and -",
    ),
    (
        'needs = ["one-tick"]',
        'needs = ["timer-window"]',
        "the lesson 'timer-window' needs itself: remove it from `needs`",
    ),
    ('kernel = "v4"', 'kernel = "v5"', f"kernel 'v5' is unknown (possible: {VERSIONS})"),
    (
        'kernel = "v4"',
        'mended_in = ["mergd"]\nkernel = "v4"',
        "mended_in 'mergd' is no version, did you mean 'merged'?: they are " + ", ".join(VERSION_NAMES),
    ),
    (
        'rule = "pending-only"',
        'rule = "pending-olny"',
        "rule 'pending-olny' is not defined in this file, did you mean 'pending-only'? (possible: pending-only): "
        "define it with ```diff rule pending-olny",
    ),
    (
        'kernel = "v4"',
        "kernel = v4",
        '`toml lesson` is not valid TOML: this value cannot be read; texts stand in quotes: key = "text"',
    ),
    (
        'kernel = "v4"',
        'kind = "race"',
        "`toml lesson` is not valid TOML: this key stands in the block twice; keep one",
    ),
    (
        'kernel = "v4"',
        'kernel "v4"',
        "`toml lesson` is not valid TOML: expected '=' after a key in a key/value pair",
    ),
    (
        'kernel = "v4"',
        'kernel = """v4"',
        "`toml lesson` is not valid TOML: a text does not end: the quotes after it are missing",
    ),
    ('kernel = "v4"', "kernel = " + "[" * 9999, "`toml lesson` is not valid TOML: it is nested too deeply"),
    (
        'aim = "Name',
        'aim = "\\u001b[2J',
        "'aim' of `toml lesson` holds the control character U+001B: remove it",
    ),
]


@pytest.mark.parametrize(("old", "new", "message"), HEADER_TROUBLES)
def test_a_wrong_key_of_the_header_is_named_with_its_line(old: str, new: str, message: str) -> None:
    assert troubles(changed(old, new)) == [f"04.md:{line_of(old)}: {message}"]


def test_a_number_of_five_thousand_digits_is_named_with_its_line() -> None:
    (trouble,) = troubles(changed("minutes = 6", "minutes = " + "9" * 5000))
    assert trouble.startswith("04.md:6: `toml lesson` is not valid TOML: exceeds the limit")


def test_a_key_behind_a_text_of_several_lines_is_named_with_its_own_line() -> None:
    source = changed('kernel = "v4"', 'kernel = "v4"\naim = """\nkind = "no"\nfoo = 1\n"""\nfoo = 2')
    source = source.replace('aim = "Name the moment in which nobody owns the work."\n', "")
    (trouble,) = troubles(source)
    assert trouble.startswith("04.md:13: `toml lesson` has no key 'foo' (possible: id,")


QUIZ_TROUBLES = [
    (
        'because = "The callback has not run yet."\n',
        "",
        line_of("[[answer]]"),
        "`toml quiz, [[answer]]` lacks 'because': write because = \"why it is right or wrong\"",
    ),
    (
        'ask = "What does the client see?"\n# answers\n[[answer]]',
        '[[answer]]\nask = "What does the client see?"',
        line_of("```toml quiz"),
        "`toml quiz` lacks 'ask': write ask = \"a question about what comes next\"",
    ),
    (
        'ask = "What does the client see?"\n# answers\n[[answer]]',
        '[[answer]]\nask = "What does the client see?"',
        line_of("```toml quiz") + 2,
        "'ask' belongs to the block, not to `toml quiz, [[answer]]`: write it above the first one",
    ),
    (
        '[[answer]]\ntext = "pending"\nbecause = "The callback has not run yet."\n',
        "",
        line_of("[[answer]]"),
        "a quiz needs at least two answers, this has 1: add [[answer]]",
    ),
]


@pytest.mark.parametrize(("old", "new", "line", "message"), QUIZ_TROUBLES)
def test_a_wrong_quiz_is_named_with_its_line(old: str, new: str, line: int, message: str) -> None:
    assert f"04.md:{line}: {message}" in troubles(changed(old, new))


def test_a_quiz_has_no_more_answers_than_letters() -> None:
    more = '[[answer]]\ntext = "more"\nbecause = "No."\n'
    old = "# answers\n"
    parse_lesson(changed(old, old + more * 2), "04.md")
    (trouble,) = troubles(changed(old, old + more * 3))
    assert trouble.endswith("a quiz has at most 4 answers, this has 5: leave some out")


def test_answers_that_are_no_tables_are_refused_once() -> None:
    quiz = SOURCE[SOURCE.index("# answers") : SOURCE.index("```toml beat")]
    line = line_of("# answers")
    for answers in ('answer = ["a", "b"]', "answer = []", '[answer]\ntext = "a"'):
        (trouble,) = troubles(SOURCE.replace(quiz, f"{answers}\n```\n\n"))
        assert trouble.startswith(f"04.md:{line}: 'answer' of `toml quiz` is a ")
        assert trouble.endswith("but must be tables: write [[answer]] before each one")
    (trouble,) = troubles(SOURCE.replace(quiz, "```\n\n"))
    assert trouble == f"04.md:{line - 2}: a quiz needs at least two answers, this has 0: add [[answer]]"


def test_answers_written_on_one_line_are_answers_too() -> None:
    quiz = SOURCE[SOURCE.index("# answers") : SOURCE.index("```toml beat")]
    answers = 'answer = [{text = "a", because = "b"}, {text = "c", because = "d", proof = "e"}]'
    parsed = parse_lesson(SOURCE.replace(quiz, f"{answers}\n```\n\n"), "04.md").beats[0].quiz
    assert parsed is not None
    line = line_of("# answers")
    assert parsed.answers == (Answer("a", "b", "", line), Answer("c", "d", "e", line))


PROPERTY = 'always = "not list_corrupted(worker.work_list)"'
BLOCK_TROUBLES = [
    (
        PROPERTY,
        f'{PROPERTY}\nat_end = "x"',
        line_of(PROPERTY) + 1,
        "a property is one of always, at_end, sometimes and builtin; this one has always and at_end: write exactly one",
    ),
    (
        PROPERTY + "\n",
        "",
        line_of("```toml property"),
        "a property is one of always, at_end, sometimes and builtin; this one says none of them: write exactly one",
    ),
    (
        PROPERTY,
        'at_end = " "',
        line_of(PROPERTY),
        "'at_end' of `toml property` is blank: write at_end = \"an expression\"",
    ),
    (
        '["pending-only", "v4"]',
        '["v3"]',
        line_of("broken_by"),
        f"rule 'v3' is not defined in this file (possible: pending-only, {VERSIONS}): define it with ```diff rule v3",
    ),
    (
        "max_steps = 27",
        "max_steps = -1",
        line_of("max_steps"),
        "'max_steps' of `toml goal` is the number -1, but must be a whole number from 0 on: "
        "write for example max_steps = 6",
    ),
    (
        'hints = ["Who',
        'hints = ["", "Who',
        line_of("hints"),
        "'hints' of `toml goal` is the text '', but must be a list of texts that are not blank: "
        'write hints = ["a vague one", "a plain one"]',
    ),
    (
        'function = "kthread_work_pending"',
        'function = "kthread_work_pending()"',
        line_of("function ="),
        "function 'kthread_work_pending()' is no name of a function: write it without brackets",
    ),
    (
        'ask = "Let it say yes',
        'asks = "Let it say yes',
        line_of("```toml fix"),
        "`toml fix` lacks 'ask': write ask = \"what is to be mended, in one sentence\"",
    ),
    (
        'because = ["Whoever asks queues it again."]',
        'because = ["Whoever asks queues it again.", "And so does the callback."]',
        line_of('because = ["Whoever'),
        "1 wrong text, 2 reasons: write one sentence for each ```python wrong, in their order, "
        "into because = [...]",
    ),
    (
        "```python fix\nreturn timer_active(work.timer)\n```\n",
        "",
        line_of("```toml fix"),
        "the fix has no right text: add a ```python fix below it",
    ),
    (
        "```python wrong\nreturn False\n```\n",
        "",
        line_of("```toml fix"),
        "the fix has no wrong text to tell it from: add a ```python wrong below it",
    ),
    (
        "```python wrong\nreturn False\n```\n",
        "```python wrong\n```\n",
        line_of("```python wrong"),
        "```python wrong is empty: fill it or remove it",
    ),
    (
        "```diff rule pending-only",
        "```diff rule",
        line_of("```diff rule"),
        "a rule needs one name, of a-z, 0-9 and -: write for example ```diff rule no-irqsave",
    ),
    (
        "```diff rule pending-only",
        "```diff rule pending-only v4",
        line_of("```diff rule"),
        "a rule needs one name, of a-z, 0-9 and -: write for example ```diff rule no-irqsave",
    ),
    (
        "```toml property",
        "```diff rule v4\n-a\n+b\n```\n\n```toml property",
        line_of("```toml property"),
        "'v4' is a version of the kernel: give the rule another name",
    ),
    (
        "```toml property",
        "```diff rule Two\n-a\n+b\n```\n\n```toml property",
        line_of("```toml property"),
        "the name of the rule, 'Two', may hold a-z, 0-9 and - alone",
    ),
    (
        "```toml property",
        "```diff rule pending-only\n-a\n+b\n```\n\n```toml property",
        line_of("```toml property"),
        f"a second rule 'pending-only', the first is at line {line_of('```diff')}: give it a name of its own",
    ),
]


@pytest.mark.parametrize(("old", "new", "line", "message"), BLOCK_TROUBLES)
def test_a_wrong_block_is_named_with_its_line(old: str, new: str, line: int, message: str) -> None:
    assert f"04.md:{line}: {message}" in troubles(changed(old, new))


def test_a_right_text_without_a_fix_block_is_refused() -> None:
    block = SOURCE[SOURCE.index("```toml fix") : SOURCE.index("```python fix")]
    source = changed(block, "")
    assert troubles(source) == [
        f"04.md:{line_of('```python fix', source)}: ```python fix needs a ```toml fix above it, "
        "which names the function",
        f"04.md:{line_of('```python wrong', source)}: ```python wrong needs a ```toml fix above it, "
        "which names the function",
        f"04.md:{line_of('```python trial', source)}: ```python trial needs a ```toml fix above it, "
        "which names the function",
    ]


@pytest.mark.parametrize("words", ["toml lesson", "python scenario", "toml goal", "toml fix", "python fix"])
def test_what_a_lesson_has_once_is_refused_the_second_time(words: str) -> None:
    first = line_of(f"```{words}")
    block = SOURCE[SOURCE.index(f"```{words}") :]
    block = block[: block.index("\n```\n") + 5]
    source = changed(block, f"{block}\n{block}")
    second = first + block.count("\n") + 1
    assert troubles(source) == [
        f"04.md:{second}: a second ```{words}; the first is at line {first}: keep one of them"
    ]


BEAT = '```toml beat\nrun = "client"\n```\n'
QUIZ = SOURCE[SOURCE.index("```toml quiz") : SOURCE.index('```toml beat\nrun = "timer"')]
SECTION_TROUBLES = [
    (
        BEAT,
        f"{BEAT}\n{BEAT}",
        line_of(BEAT) + 4,
        "a second beat under 'The client comes in': give it a ## heading and narration of its own",
    ),
    (
        "Now the client runs.\n",
        "",
        line_of("## The client"),
        "the section 'The client comes in' has no narration: tell what is about to happen",
    ),
    (
        "## The client comes in\n",
        "## A pause\n\nNothing.\n\n## The client comes in\n",
        line_of("## The client"),
        "the section 'A pause' has no beat: add a ```toml beat, or move its text to another",
    ),
    (
        BEAT,
        f"{BEAT}\n{QUIZ}",
        line_of(BEAT) + 4,
        f"the quiz stands below the beat of line {line_of(BEAT)}: ask before the beat runs",
    ),
    (
        BEAT,
        f"{BEAT}\nIt spins.\n",
        line_of(BEAT) + 4,
        f"text below the beat of line {line_of(BEAT)} would be told before it runs: move it above, "
        "or under the next ## heading",
    ),
    (
        "Nobody owned the work.\n",
        f"Nobody owned the work.\n\n{QUIZ}",
        line_of("Nobody owned the work.") + 2,
        "the quiz has no beat: add a ```toml beat under 'What happened'",
    ),
    (
        QUIZ,
        f"{QUIZ}{QUIZ}",
        line_of("```toml quiz") + QUIZ.count("\n"),
        f"a second ```toml quiz; the first is at line {line_of('```toml quiz')}: keep one of them",
    ),
    (
        "## The timer leaves its wheel\n",
        "",
        line_of('```toml beat\nrun = "timer"') - 1,
        "```toml beat stands above the first ## heading: give it a heading and narration",
    ),
    (
        "# Neither pending",
        "Prose.\n\n# Neither pending",
        1,
        "this stands above the title of line 3: begin the file with the title",
    ),
    (
        "## What happened",
        "# What happened",
        line_of("## What happened"),
        "a second title, the first is at line 1: write ## for a section",
    ),
    (
        "Now the client runs.",
        "### Now",
        line_of("Now the client runs."),
        "a lesson has # and ## headings alone: write ## or plain text, not ###",
    ),
    (
        "## What happened",
        "##",
        line_of("## What happened"),
        "a heading without words: give it some or remove it",
    ),
    (
        "Now the client runs.",
        "Now the \x1b[31mclient runs.",
        line_of("Now the client runs."),
        "the line holds the control character U+001B: remove it",
    ),
]


@pytest.mark.parametrize(("old", "new", "line", "message"), SECTION_TROUBLES)
def test_what_stands_in_the_wrong_place_is_named_with_its_line(
    old: str, new: str, line: int, message: str
) -> None:
    assert f"04.md:{line}: {message}" in troubles(changed(old, new))


POSSIBLE = (
    "(possible: toml lesson, python scenario, diff rule, toml property, toml beat, toml quiz, toml goal, "
    "toml fix, python fix, python wrong, python trial; an illustration has one word or none)"
)


@pytest.mark.parametrize(
    ("info", "message"),
    [
        ("toml beet", f"unknown fence 'toml beet', did you mean 'toml beat'? {POSSIBLE}"),
        ("TOML Beat", f"unknown fence 'TOML Beat', did you mean 'toml beat'? {POSSIBLE}"),
        ("yaml beat", f"unknown fence 'yaml beat', did you mean 'toml beat'? {POSSIBLE}"),
        ("toml x", f"unknown fence 'toml x' {POSSIBLE}"),
        ("beat", "```beat lacks its language: write ```toml beat"),
        ("fix", "```fix lacks its language: write ```toml fix or ```python fix"),
        ("toml beat one", "unexpected 'one' after ```toml beat: remove it"),
    ],
)
def test_a_fence_that_is_nearly_ours_is_named(info: str, message: str) -> None:
    source = SOURCE.replace(BEAT, BEAT.replace("toml beat", info))
    assert f"04.md:{line_of(BEAT)}: {message}" in troubles(source)


@pytest.mark.parametrize("info", ["", "c", "python", "toml", "diff", "console title"])
def test_a_fence_without_our_word_is_an_illustration(info: str) -> None:
    source = changed("```c\ndetach", f"```{info}\ndetach")
    narration = parse_lesson(source, "04.md").beats[0].narration
    assert narration.endswith(f"```{info}\ndetach_timer(timer);\n```")


def test_a_fence_that_is_never_closed_is_named_where_it_opens() -> None:
    assert troubles(LEAST.removesuffix("```\n")) == [
        f"04.md:{line_of('```toml beat', LEAST)}: the fence 'toml beat' is never closed: "
        "write ``` on a line of its own where it ends"
    ]


def test_a_fence_inside_another_one_is_named() -> None:
    end = 'queue the work now?"]\n```\n'
    source = changed(end, end.removesuffix("```\n"))
    assert troubles(source) == [
        f"04.md:{line_of('```toml fix', source)}: a fence begins inside the ```toml goal of line "
        f"{line_of('```toml goal')}: close that one first, with ``` on a line of its own"
    ]


@pytest.mark.parametrize("indent", ["    ", "> "], ids=["as code", "in a quotation"])
def test_an_indented_fence_of_ours_is_refused(indent: str) -> None:
    beat = "".join(indent + line + "\n" for line in BEAT.splitlines())
    assert troubles(changed(BEAT, beat))[0] == (
        f"04.md:{line_of(BEAT)}: ```toml beat is indented, or stands in a list or quotation: "
        "begin it at the left margin, between empty lines"
    )


@given(
    st.lists(st.sampled_from([*SOURCE.splitlines(keepends=True), "```\n", "    ```toml beat\n", "- ```c\n"]))
)
def test_any_shuffled_file_is_a_lesson_or_a_list_of_troubles(lines: list[str]) -> None:
    try:
        parse_lesson("".join(lines), "04.md")
    except LessonError as error:
        assert error.troubles
        assert all(0 <= trouble.line <= len(lines) for trouble in error.troubles)


@given(st.integers(0, len(SOURCE)), st.integers(0, 40), st.text(max_size=5))
def test_any_damaged_file_is_a_lesson_or_a_list_of_troubles(place: int, length: int, text: str) -> None:
    try:
        parse_lesson(SOURCE[:place] + text + SOURCE[place + length :], "04.md")
    except LessonError as error:
        assert error.troubles


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of three lessons, the last of them broken."""
    folder = tmp_path / "lessons"
    folder.mkdir()
    (folder / "01-least.md").write_text(LEAST)
    (folder / "04-window.md").write_text(SOURCE)
    (folder / "10-broken.md").write_text("# Broken\n")
    (folder / "README.md").write_text("no lesson")
    monkeypatch.setattr(shelf, "LESSON_FOLDERS", (tmp_path / "missing", folder))
    return folder


def test_shipped_lessons_come_in_the_order_of_their_numbers(shipped: Path) -> None:
    (shipped / "9-nine.md").write_text(LEAST)
    assert [file.name for file in lesson_files()] == [
        "01-least.md",
        "04-window.md",
        "9-nine.md",
        "10-broken.md",
    ]


def test_lessons_inside_the_package_are_preferred_to_those_beside_it() -> None:
    inside, beside = map(Path, shelf.LESSON_FOLDERS)
    assert (inside.parent.name, inside.name) == ("ktwviz", "lessons")
    assert beside == inside.parent.parent / "lessons"


def test_without_lessons_the_advice_is_to_install_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelf, "LESSON_FOLDERS", (tmp_path,))
    assert lesson_files() == ()
    with pytest.raises(UnknownName, match="no lesson is installed: install ktwviz again, or name a file"):
        find_lesson("window")


@pytest.mark.parametrize("name", ["4", "04", "window", "04-window", "04-window.md", "timer-window"])
def test_a_lesson_is_found_by_number_slug_and_id(name: str, shipped: Path) -> None:
    assert find_lesson(name).file == str(shipped / "04-window.md")


def test_a_lesson_is_found_by_path_and_named_as_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine.md").write_text(SOURCE)
    assert find_lesson("mine.md").file == "mine.md"
    assert find_lesson("./mine.md").file == "./mine.md"


def test_a_broken_lesson_is_found_by_number_and_says_what_is_wrong(shipped: Path) -> None:
    with pytest.raises(LessonError, match=r"10-broken\.md: the lesson has no beat"):
        find_lesson("10")


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("windwo", "'windwo', did you mean 'window'? `ktwviz list` has them all; a file needs its path"),
        ("timer-windwo", "'timer-windwo', did you mean 'timer-window'? `ktwviz list` has them all"),
        ("5", "5: the lessons are 1 to 10, see `ktwviz list`"),
        ("", "'': `ktwviz list` has them all; a file needs its path"),
        ("9" * 5000, "'999"),
    ],
)
@pytest.mark.usefixtures("shipped")
def test_an_unknown_lesson_is_answered_with_the_nearest_or_with_where_they_are_listed(
    name: str, says: str
) -> None:
    with pytest.raises(UnknownName) as caught:
        find_lesson(name)
    assert str(caught.value).startswith(f"there is no lesson {says}")


def test_a_missing_file_is_answered_with_one_like_it(shipped: Path) -> None:
    with pytest.raises(UnknownName) as caught:
        load_lesson(shipped / "04-widnow.md")
    assert (
        str(caught.value) == f"there is no file {shipped}/04-widnow.md, did you mean {shipped}/04-window.md?"
    )
    with pytest.raises(
        UnknownName, match=r"there is no file nowhere/x\.md: see `ktwviz list` for the shipped lessons"
    ):
        find_lesson("nowhere/x.md")


def test_a_folder_is_answered_with_the_files_in_it(shipped: Path) -> None:
    with pytest.raises(UnknownName) as caught:
        load_lesson(shipped)
    files = "01-least.md, 04-window.md, 10-broken.md, README.md"
    assert str(caught.value) == f"{shipped} is a folder: name a file in it ({files})"


def test_what_is_no_plain_file_is_refused() -> None:
    with pytest.raises(
        UnknownName, match="/dev/null is not a plain file: a lesson is a Markdown file on disk"
    ):
        load_lesson("/dev/null")


def test_a_file_that_is_not_utf_8_is_named_with_the_line(tmp_path: Path) -> None:
    file = tmp_path / "latin.md"
    file.write_bytes("# Fenêtre\n\nÉtat\n".encode("latin-1").replace(b"\xea", b"e"))
    with pytest.raises(LessonError) as caught:
        load_lesson(file)
    assert str(caught.value) == f"{file}:3: byte 0xc9 is not UTF-8: save the file in UTF-8"


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "closed.md"
    file.write_text(SOURCE)

    def refuse(path: str, mode: str) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(reading, "open", refuse, raising=False)
    with pytest.raises(LessonError) as caught:
        load_lesson(file)
    assert (
        str(caught.value) == f"{file}: cannot be read, permission denied: check the path and its permissions"
    )


def test_a_file_far_too_large_is_not_read(tmp_path: Path) -> None:
    file = tmp_path / "large.md"
    file.write_bytes(b"x" * 1_000_001)
    with pytest.raises(LessonError, match="is larger than 1,000,000 bytes: is it a lesson"):
        load_lesson(file)


def test_the_head_of_every_shipped_lesson_is_the_same_to_both_readers() -> None:
    read = [load_lesson(file) for file in lesson_files()]
    assert [
        (head.id, head.title, head.kind, head.minutes, head.needs, head.aim) for head in shelf.summaries()
    ] == [(lesson.id, lesson.title, lesson.kind, lesson.minutes, lesson.needs, lesson.aim) for lesson in read]


def test_what_is_claimed_twice_is_refused_for_one_verdict_would_stand_for_both() -> None:
    claim = '```toml property\n{when} = "work.x == 1"\nbroken_by = []\n```\n\n'
    begin = "## What happened"
    twice = claim.format(when="at_end") + claim.format(when="sometimes")
    line = line_of(begin)
    assert troubles(SOURCE.replace(begin, twice + begin)) == [
        f"04.md:{line + 5}: 'work.x == 1' is claimed already, at line {line}: claim it once"
    ]
    parse_lesson(SOURCE.replace(begin, claim.format(when="at_end") + begin), "04.md")
