"""A lesson file is a stranger's text: whatever stands in it, the answer is a trouble with a line, and soon."""

import time

import pytest

from ktwviz.checker.explore import explore
from ktwviz.errors import LessonError
from ktwviz.lesson.parse import parse_lesson
from ktwviz.lesson.scenario import Scenario, build_scenario
from ktwviz.machine.language import Stepped

FILE = "odd.md"
HEAD = """# Odd

```toml lesson
id = "odd"
kind = "race"
minutes = 3
needs = []
kernel = "v4"
source = "https://example.org/x"
aim = "x."
{rule_line}
```

Intro.

```python scenario
{scenario}
```

{rule}

## Beat

Text.

```toml beat
run = "client"
```
"""
OBJECTS = "ran = Counter()\nworker = KthreadWorker()\nwork = KthreadWork(func=f)\ndef f(work):\n    pass\n"
FIRST_LINE = 17
"""The line of the file at which the scenario begins."""


def scenario(text: str, diff: str = "") -> Scenario:
    rule = f"```diff rule odd\n{diff}\n```" if diff else ""
    rule_line = 'rule = "odd"' if diff else ""
    return build_scenario(parse_lesson(HEAD.format(scenario=text, rule=rule, rule_line=rule_line), FILE))


def client(body: str) -> str:
    lines = "\n".join("    " + line for line in body.splitlines())
    return f"{OBJECTS}\n@task(cpu=0)\ndef client():\n{lines}\n"


def troubles(text: str, diff: str = "") -> list[str]:
    with pytest.raises(LessonError) as refused:
        scenario(text, diff)
    assert all(trouble.file == FILE and trouble.line for trouble in refused.value.troubles)
    return [trouble.message for trouble in refused.value.troubles]


def trouble(text: str, diff: str = "") -> str:
    (only,) = troubles(text, diff)
    return only


DEEP = {
    "a long sum": "ran.count = " + "+".join(["1"] * 4000),
    "a long sum below the parser's limit": "ran.count = " + "+".join(["1"] * 200),
    "a chain of fields": "x = ran" + ".count" * 3000,
    "signs": "ran.count = " + "-" * 3000 + "1",
    "a chain of ors": "ran.count = " + " or ".join(["ran.count"] * 400),
    "calls": "x = " + "f(" * 90 + "ran" + ")" * 90,
    "elifs": "if ran.count:\n    pass\n" + "elif ran.count:\n    pass\n" * 500,
}


@pytest.mark.parametrize("body", DEEP.values(), ids=DEEP)
def test_deep_code_is_refused(body: str) -> None:
    assert trouble(client(body)).startswith("code is nested deeper than 80 levels")


@pytest.mark.parametrize("body", ["x = " + "(" * 500, "x = ="])
def test_what_is_no_python_is_refused(body: str) -> None:
    assert trouble(client(body)).startswith("the scenario is no valid Python: ")


def test_loops_that_python_cannot_nest_are_refused() -> None:
    loops = "\n".join(" " * depth + "while ran.count:" for depth in range(25)) + "\n" + " " * 25 + "pass"
    assert trouble(client(loops)) == "client() is too much for Python: too many statically nested blocks"


@pytest.mark.parametrize("length", [51, 1500])
def test_a_long_chain_of_calls_is_refused(length: int) -> None:
    chain = "".join(f"def g{number}():\n    g{number + 1}()\n" for number in range(length))
    text = f"{chain}def g{length}():\n    pass\n" + client("g0()")
    message = "the scenario has" if length > 1000 else "more than 50 calls inside one another"
    assert trouble(text).startswith(message)


def test_an_expression_is_as_short_and_flat_as_code() -> None:
    made = scenario(client("ran.count = 1"))
    for text in ("ran.count + " * 90 + "1", "ran.count + " * 4000 + "1", "ran.count ==", "\x00"):
        with pytest.raises(LessonError, match=rf"^{FILE}:17: "):
            made.question(text, FIRST_LINE)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("cpus = Counter()", "'cpus' is a setting: write cpus = 2"),
        ("cpus = True", "'cpus' is a setting: write cpus = 2"),
        ("memory = 3", "'memory' is a setting: write memory = \"tso\""),
        ("cpus = 99999", "cpus = 99999: a scenario has 1 to 4 CPUs"),
        ("x = 1\nx = 2", "'x' is defined twice"),
        ("cpus = 1\ncpus = 1", "'cpus' is defined twice"),
        ("x = 1\nx = Counter()", "'x' is defined twice"),
        ("x = 99999999999999999999", "stepped code has no number above 64 bits: one word holds 64 bits"),
        ("client = Counter()", "'client' is defined twice"),
        ("isr_line = Counter()\n@irq(cpu=0)\ndef isr():\n    pass", "'isr_line' is defined twice"),
        ("@irq(cpu=0, times=-1)\ndef isr():\n    pass", "times must be a number from 0 on"),
        ("@irq(cpu=0, times=9999)\ndef isr():\n    pass", "times=9999: 0 to 1000 are possible"),
        ("kthread_slot(7, nonsense=3)", "expected kthread_slot(cpu=1)"),
        ("kthread_slot(cpu=True)", "expected kthread_slot(cpu=1)"),
        (
            "kthread1 = Counter()\nkthread_slot()",
            "'kthread1' is the name of a spare kthread: choose another one",
        ),
        ("kthread_slot()\n" * 10, "the scenario has 11 contexts; digits reach 9"),
        ("\n".join(f"x{n} = Counter()" for n in range(80)), "the scenario has 83 objects; 64 are possible"),
    ],
)
def test_an_odd_declaration_is_refused(text: str, message: str) -> None:
    assert trouble(f"{text}\n{client('ran.count = 1')}") == message


def test_the_name_of_a_kthread_that_the_code_makes_is_taken() -> None:
    text = "kthread1 = Counter()\n" + client("w = create_kthread_worker(0)")
    assert trouble(text) == "'kthread1' is the name of a spare kthread: choose another one"


@pytest.mark.parametrize("body", ["ran.count = 1\n" * 2500, "x = '" + "a" * 200_000 + "'"])
def test_a_long_scenario_is_refused(body: str) -> None:
    assert "2000 and 100000 are possible" in trouble(client(body))


def test_a_state_with_too_many_words_is_refused() -> None:
    many = "\n".join(f"d{n} = DelayedKthreadWork(func=f)" for n in range(60))
    body = "\n".join(f"queue_delayed_kthread_work(worker, d{n}, 1)" for n in range(60))
    assert "words, 400 are possible" in trouble(f"{many}\n{client(body)}")


def test_several_wrong_declarations_are_told_at_once() -> None:
    text = "box = Countr()\nkick(box)\ndef kick(x):\n    pass\nx = [1]\n" + client("ran.count = 1")
    assert [message[:12] for message in troubles(text)] == ["'Countr' is ", "this cannot "]


def test_several_wrong_functions_are_told_at_once() -> None:
    text = "def g():\n    import os\n" + client("x = [1]")
    assert [message.split(":")[0] for message in troubles(text)] == [
        "stepped code has no import",
        "stepped code has no list",
    ]


@pytest.mark.parametrize(
    ("added", "message"),
    [
        ("    import os", "stepped code has no import"),
        ("    x = (", "queue_kthread_work() is no valid Python"),
        ("    x = " + "+".join(["1"] * 4000), "code is nested deeper than 80 levels"),
        ("    queue_kthread_work(worker, work)", "recursion (queue_kthread_work -> queue_kthread_work)"),
    ],
)
def test_a_wrong_rule_is_told_at_the_line_of_its_diff(added: str, message: str) -> None:
    diff = f" def queue_kthread_work(worker, work):\n+{added}"
    text = client("queue_kthread_work(worker, work)")
    with pytest.raises(LessonError) as refused:
        scenario(text, diff)
    (only,) = refused.value.troubles
    assert only.message.startswith(f"the rule makes kthread.py wrong: {message}")
    lines = HEAD.format(scenario=text, rule=f"```diff rule odd\n{diff}\n```", rule_line="").splitlines()
    assert (only.file, lines[only.line - 1]) == (FILE, f"+{added}")


def test_a_separator_of_unicode_ends_no_line_of_code() -> None:
    made = scenario(client('"""One\u2028two\u2029threefour."""\nran.count = 1'))
    function = made.machine.program.reachable([made.machine.contexts[0].entry])[0]
    assert isinstance(function, Stepped)
    assert function.source[-1] == "    ran.count = 1"


@pytest.mark.parametrize(
    "key", ["a" + ".a" * 20_000 + " = 1", '["b".' + "c." * 20_000 + "d]"], ids=["a key", "a header"]
)
def test_a_key_of_very_many_parts_is_refused_before_it_is_parsed(key: str) -> None:
    text = HEAD.format(scenario=client("ran.count = 1"), rule="", rule_line=key)
    with pytest.raises(LessonError, match=r"odd.md:11: `toml lesson` has a key of more than 100 parts"):
        parse_lesson(text, FILE)


def test_dots_in_a_text_are_no_parts_of_a_key() -> None:
    text = HEAD.format(scenario=client("ran.count = 1"), rule="", rule_line="").replace(
        '"x."', f'"x{"." * 300}"'
    )
    assert parse_lesson(text, FILE).aim.endswith("...")


def test_more_ways_out_than_can_be_written_out_are_refused() -> None:
    objects = "".join(f"x{n} = on_stack(Counter)\n" for n in range(40))
    ways_out = "".join(f"if x{n}.count:\n    return\n" for n in range(40))
    assert troubles(client(objects + ways_out)) == [
        "stepped code has no 40 objects on_stack() and 41 ways out of one function: split the function"
    ]
    assert scenario(client(objects)).machine.words


def test_a_long_text_in_code_is_refused() -> None:
    assert troubles(client(f"p = container_of(worker, Counter, '{'a' * 300}')")) == [
        "stepped code has no text of more than 200 characters: names are shorter"
    ]


def test_what_is_worked_out_from_a_wild_pointer_is_no_new_address() -> None:
    made = scenario(
        client("p = worker\nwhile True:\n    p = container_of(p, Counter, 'count')\n    ran.count = 1")
    )
    assert len(explore(made.machine, most_states=1000).states) < 10


def test_a_stretch_without_a_step_ends_by_what_it_does_not_by_its_rounds() -> None:
    line = "        x = (x * 3 + 1) & 65535\n"
    body = (
        f"x = 0\nwhile True:\n    i = 0\n    while i < 1900:\n{line * 1000}        i += 1\n    ran.count = x"
    )
    made = scenario(client(body))
    began = time.monotonic()
    graph = explore(made.machine, most_states=1000)
    assert (len(graph.states), time.monotonic() - began < 5) == (2, True)
    step = graph.through[1]
    assert step is not None
    (event,) = step.events
    assert event.text.startswith("more than 50,000 statements without an access to memory")
    assert graph.bound.startswith("a limit of the scenario (more than 50,000 statements")
