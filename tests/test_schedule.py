"""The text form of schedules and tokens."""

from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ktwviz.errors import ScheduleError
from ktwviz.schedule import LONGEST_SCHEDULE, WHAT_KEYS_ARE, Token, compress, expand

KEYS = st.lists(st.sampled_from("123456789t"), max_size=60).map(tuple)
NAMES = st.from_regex("[a-z0-9-]{1,20}", fullmatch=True)
DIGESTS = st.from_regex("[0-9a-f]{4}", fullmatch=True)


@given(KEYS)
def test_expanding_what_was_compressed_gives_the_same_keys(keys: tuple[str, ...]) -> None:
    assert expand(compress(keys)) == keys


@given(NAMES, DIGESTS, KEYS, st.just("") | NAMES)
def test_a_token_is_read_as_it_was_written(
    lesson: str, digest: str, keys: tuple[str, ...], rule: str
) -> None:
    token = Token(lesson, digest, keys, rule)
    assert Token.parse(str(token)) == token


@given(KEYS, st.data())
def test_a_token_that_a_mail_program_wrapped_is_read_all_the_same(
    keys: tuple[str, ...], data: st.DataObject
) -> None:
    token = Token("timer-window", "3f2a", keys)
    text = str(token)
    place = data.draw(st.integers(0, len(text)))
    assert Token.parse(f"  {text[:place]}\r\n\t {text[place:]}\n") == token


@given(st.text(alphabet="kt12/@+-*.0tab \n", max_size=30))
def test_any_other_text_is_refused_with_a_place_or_read(text: str) -> None:
    for read in (Token.parse, expand):
        try:
            read(text)
        except ScheduleError as error:
            assert "at character " in str(error)


def test_runs_carry_their_length_and_single_steps_do_not() -> None:
    keys = tuple("1111t222311")
    assert compress(keys) == "1*4.t.2*3.3.1*2"
    assert str(Token("timer-window", "3f2a", keys)) == "kt1/timer-window@3f2a/1*4.t.2*3.3.1*2"


def test_a_schedule_without_steps_is_a_dash() -> None:
    assert compress(()) == "-"
    assert expand("-") == ()
    assert Token.parse("kt1/timer-window@3f2a/-").keys == ()


def test_another_rule_than_the_lessons_own_stands_behind_a_plus() -> None:
    token = Token.parse("kt1/timer-window+pending-only@3f2a/1")
    assert token == Token("timer-window", "3f2a", ("1",), rule="pending-only")


def test_a_run_length_that_says_too_little_is_harmless() -> None:
    assert expand("1*1.1*02") == ("1", "1", "1")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "at character 1: the text ends here; expected a step (- alone is a schedule without steps)"),
        ("1.", "at character 3: the text ends here; expected a step (- alone is a schedule without steps)"),
        (
            "1*4.x",
            f"at character 5: 'x' is no step; {WHAT_KEYS_ARE}",
        ),
        (
            "0",
            f"at character 1: '0' is no step; {WHAT_KEYS_ARE}",
        ),
        (
            "1.-",
            f"at character 3: '-' is no step; {WHAT_KEYS_ARE}",
        ),
        ("12", "at character 2: found '2'; expected '.' between two steps, as in 1*4.t.2"),
        ("1.\n 2*", "at character 7: the text ends here; expected a run length, as in 1*4"),
        ("1.2*t", "at character 5: found 't'; expected a run length, as in 1*4"),
        ("1*0", "at character 3: a run of 0 steps; expected a length from 1 on"),
        ("1*10001", "at character 3: too many steps; a schedule has at most 10,000"),
        ("1*9999.2.3", "at character 10: too many steps; a schedule has at most 10,000"),
        ("1*" + "9" * 5000, "at character 3: too many steps; a schedule has at most 10,000"),
    ],
)
def test_a_bad_schedule_says_where_and_what_is_expected(text: str, message: str) -> None:
    with pytest.raises(ScheduleError) as caught:
        expand(text)
    assert str(caught.value) == message


EXAMPLE = "kt1/timer-window@3f2a/1*4.t.2*3"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", f"at character 1: this is no token: expected kt1/, as in {EXAMPLE}"),
        ("1*4.t", f"at character 1: this is no token: expected kt1/, as in {EXAMPLE}"),
        (
            "kt2/timer-window@3f2a/1",
            "at character 1: the token is of version kt2, this program reads kt1: update ktwviz",
        ),
        ("kt1/@3f2a/1", "at character 5: found '@'; expected the id of a lesson, made of a-z, 0-9 and -"),
        (
            "kt1/Timer@3f2a/1",
            "at character 5: found 'T'; expected the id of a lesson, made of a-z, 0-9 and -",
        ),
        (
            "kt1/timer-window/1",
            f"at character 17: found '/'; expected '@' and the digest of the lesson, as in {EXAMPLE}",
        ),
        (
            "kt1/timer-window+@3f2a/1",
            "at character 18: found '@'; expected the name of a rule, made of a-z, 0-9 and -",
        ),
        (
            "kt1/timer-window@3f2/1",
            "at character 18: found '3'; expected a digest of four digits, 0-9 and a-f",
        ),
        (
            "kt1/timer-window@3f2a",
            f"at character 22: the text ends here; expected '/' and the steps, as in {EXAMPLE}",
        ),
        (
            "kt1/timer-window@3f2a1/1",
            f"at character 22: found '1'; expected '/' and the steps, as in {EXAMPLE}",
        ),
        (
            "kt1/timer-window@3f2a/1.q",
            f"at character 25: 'q' is no step; {WHAT_KEYS_ARE}",
        ),
    ],
)
def test_a_bad_token_says_where_and_what_is_expected(text: str, message: str) -> None:
    with pytest.raises(ScheduleError) as caught:
        Token.parse(text)
    assert str(caught.value) == message


def test_the_longest_schedule_is_read_and_one_step_more_is_refused() -> None:
    assert len(expand(f"1*{LONGEST_SCHEDULE}")) == LONGEST_SCHEDULE
    with pytest.raises(ScheduleError, match="the schedule has 10,001 steps: a schedule has at most 10,000"):
        compress("1" * (LONGEST_SCHEDULE + 1))


def test_a_long_token_is_read_in_no_time() -> None:
    start = perf_counter()
    assert len(Token.parse("kt1/timer-window@3f2a/" + "1.2." * 4_999 + "1").keys) == 9_999
    assert perf_counter() - start < 2


@pytest.mark.parametrize(
    ("lesson", "digest", "keys", "rule", "message"),
    [
        (
            "Timer Window",
            "3f2a",
            "1",
            "",
            "the lesson 'Timer Window' is no id: ids are made of a-z, 0-9 and -",
        ),
        ("timer-window", "3F2A", "1", "", "the digest '3F2A' is not four digits of 0-9 and a-f"),
        ("timer-window", "3f2a", "1", "a/b", "the rule 'a/b' is no name: names are made of a-z, 0-9 and -"),
        (
            "timer-window",
            "3f2a",
            "1x",
            "",
            f"step 2 is 'x': {WHAT_KEYS_ARE}",
        ),
    ],
)
def test_a_token_that_could_not_be_read_again_is_never_made(
    lesson: str, digest: str, keys: str, rule: str, message: str
) -> None:
    with pytest.raises(ScheduleError) as caught:
        Token(lesson, digest, tuple(keys), rule)
    assert str(caught.value) == message


def test_a_token_carries_the_order_of_memory_where_it_is_not_the_lesson_s_own() -> None:
    token = Token("stop", "3f2a", ("1", "a"), "plain", "tso")
    assert str(token) == "kt1/stop+plain+memory=tso@3f2a/1.a"
    assert Token.parse(str(token)) == token
    assert Token.parse("kt1/stop+memory=sc@3f2a/1").memory == "sc"
