"""What the check of a lesson says where a search could not decide something."""

from ktwviz.lesson.parse import parse_lesson
from ktwviz.lesson.verify import check_lesson
from tests.lesson.test_hostile import HEAD

SCENARIO = """
ran = Counter()
@task(cpu=0)
def client():
    ran.count = 1
    BUG_ON(ran.count == 1)
    ran.count = 2
"""
CLAIMS = """
```toml property
builtin = "no-oops"
broken_by = ["v4"]
```

```toml property
{} = "ran.count == 2"
```
"""


def test_a_claim_about_what_lies_beyond_the_bug_is_no_proof() -> None:
    text = HEAD.format(scenario=SCENARIO, rule=CLAIMS.format("sometimes"), rule_line="")
    result = check_lesson(parse_lesson(text, "odd.md"))
    assert result.undetermined
    (note,) = result.notes
    assert note.startswith("'ran.count == 2' is undetermined: ")


def test_a_claim_that_is_seen_to_hold_before_the_bug_is_one() -> None:
    text = HEAD.format(
        scenario=SCENARIO, rule=CLAIMS.format("sometimes").replace("== 2", "== 1"), rule_line=""
    )
    result = check_lesson(parse_lesson(text, "odd.md"))
    assert not result.undetermined
    assert result.notes == []
