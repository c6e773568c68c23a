"""The settings file: what it says counts, what is wrong in it is told with its line."""

from pathlib import Path

import pytest

from ktwviz.config import Config, load_config, read_config

ALL = 'theme = "light"\nascii = true\nspeed = 4\n\n[keys]\nstep = "s"\n"choose.1" = "f1"\n'


def read(text: str, **environment: str) -> Config:
    return read_config(text, "config.toml", environment)


def test_everything_that_can_be_set_is_read() -> None:
    config = read(ALL)
    assert (config.theme, config.ascii, config.speed) == ("light", True, 4)
    assert config.keys == {"step": "s", "choose.1": "f1"}
    assert config.key_lines == {"step": 6, "choose.1": 7}
    assert config.troubles == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('theme = "blue"', "config.toml:1: theme 'blue' is unknown (possible: dark, light, cb, 16)"),
        ("\nascii = 1", "config.toml:2: 'ascii' is the number 1, but must be true or false"),
        ("speed = 0", "config.toml:1: 'speed' is the number 0, but must be moves a second, up to 60"),
        ("keys = 3", "config.toml:1: the keys are a table of texts"),
        ('them = "light"', "config.toml:1: `config.toml` has no key 'them', did you mean 'theme'?"),
        ('theme = "dark\n', "config.toml:1: `config.toml` is not valid TOML: a text does not end"),
        ("theme =", "config.toml:1: `config.toml` is not valid TOML"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text: str, said: str) -> None:
    config = read(text)
    assert config.notice.startswith(said)
    assert (config.theme, config.ascii, config.speed) == ("dark", False, 0)


def test_a_key_that_is_no_text_is_left_out_and_the_others_count() -> None:
    config = read('[keys]\nstep = 3\nback = "b"\n')
    assert config.keys == {"back": "b"}
    assert config.notice.startswith("config.toml:2: 'step' is the number 3, but must be keys in quotes")


def test_of_several_troubles_the_first_is_told_in_full_and_how_to_see_the_others() -> None:
    said = read('theme = "blue"\nspeed = 0\n').notice
    assert said == (
        "config.toml:1: theme 'blue' is unknown (possible: dark, light, cb, 16). "
        "`ktwviz doctor` lists all 2 troubles of the settings."
    )


def test_the_environment_is_stronger_than_the_file() -> None:
    config = read('theme = "light"', KTWVIZ_THEME="cb", KTWVIZ_ASCII="1")
    assert (config.theme, config.ascii) == ("cb", True)
    assert "KTWVIZ_THEME is 'blue'" in read("", KTWVIZ_THEME="blue").notice


def test_without_a_file_everything_is_as_it_comes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KTWVIZ_CONFIG", str(tmp_path))
    assert load_config().troubles == ()
    (tmp_path / "config.toml").mkdir()
    assert load_config().notice.endswith("config.toml: it cannot be read: is a directory")
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("KTWVIZ_CONFIG", str(tmp_path / "file"))
    assert load_config().troubles == ()


def test_settings_that_are_no_text_are_told_without_the_words_of_python(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KTWVIZ_CONFIG", str(tmp_path))
    (tmp_path / "config.toml").write_bytes(b'theme = "\xff"\n')
    assert load_config().notice.endswith("config.toml: it cannot be read: it is not text in UTF-8")
