"""The settings file: theme, signs, speed, keys. What is wrong in it is told with its line, and the rest counts.

What does not belong here: which keys there are; the screens know their bindings.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from platformdirs import user_config_path

from ktwviz.errors import LessonError, Trouble
from ktwviz.lesson.tables import TableReader, describe, parse_table
from ktwviz.lesson.troubles import Troubles
from ktwviz.values import dataclass, field

THEMES = ("dark", "light", "cb", "16")


@dataclass(frozen=True)
class Config:
    """What the user has set.

    `theme` is one of THEMES. `speed` is in moves a second, 0 where nothing is said. `keys` gives for the id of a
    binding the keys that take the place of its own, separated by commas; `key_lines` tells where each stands in `file`.
    """

    file: str = ""
    theme: str = "dark"
    ascii: bool = False
    speed: float = 0
    keys: Mapping[str, str] = field(default_factory=dict)
    key_lines: Mapping[str, int] = field(default_factory=dict)
    troubles: tuple[Trouble, ...] = ()

    @property
    def notice(self) -> str:
        """What is wrong in the file, in one sentence; "" if nothing is."""
        return notice(self.troubles)


def notice(troubles: tuple[Trouble, ...]) -> str:
    """Return the first trouble in full, and how to see the others; "" if there is none."""
    if not troubles:
        return ""
    first, count = str(troubles[0]), len(troubles)
    if count == 1:
        return first
    end = "" if first.endswith("?") else "."
    return f"{first}{end} `ktwviz doctor` lists all {count} troubles of the settings."


def config_path() -> Path:
    """Return where settings are kept: in $KTWVIZ_CONFIG, else in the user's folder for settings."""
    folder = os.path.expanduser(os.environ.get("KTWVIZ_CONFIG", "").strip())
    return Path(folder or user_config_path("ktwviz", appauthor=False)) / "config.toml"


def load_config() -> Config:
    """Read the settings file; without one everything is as it comes. Then $KTWVIZ_THEME and $KTWVIZ_ASCII."""
    path = config_path()
    try:
        text = path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        text = ""
    except (OSError, ValueError) as error:
        return Config(str(path), troubles=(Trouble(str(path), 0, f"it cannot be read: {_reason(error)}"),))
    return read_config(text, str(path), os.environ)


def _reason(error: OSError | ValueError) -> str:
    if isinstance(error, OSError):
        return (error.strerror or str(error)).lower()
    return "it is not text in UTF-8"


def read_config(text: str, file: str, environment: Mapping[str, str]) -> Config:
    """Read settings from a text; troubles stand in what is returned."""
    troubles = Troubles(file)
    # a fence's first line is that of its opening: here there is none
    table = parse_table("config.toml", text, 0, troubles)
    values: dict[str, Any] = {}
    if table is not None:
        reader = TableReader(table, troubles)
        values["theme"] = reader.one_of("theme", THEMES, default="dark")
        values["ascii"] = _flag(reader, "ascii")
        values["speed"] = _speed(reader)
        values["keys"] = _keys(reader, text, troubles)
        values["key_lines"] = {name: _line_of(text, name) for name in values["keys"]}
        reader.close()
    theme = environment.get("KTWVIZ_THEME", "")
    if theme in THEMES:
        values["theme"] = theme
    elif theme:
        troubles.add(0, f"KTWVIZ_THEME is {theme!r}: {', '.join(THEMES)} are possible")
    if environment.get("KTWVIZ_ASCII", "") not in ("", "0"):
        values["ascii"] = True
    return Config(file, **values, troubles=_found(troubles))


def _found(troubles: Troubles) -> tuple[Trouble, ...]:
    try:
        troubles.raise_if_any()
    except LessonError as error:
        return error.troubles
    return ()


def _value(reader: TableReader, key: str) -> object:
    """Return a value of any type, None where there is none; the reader knows then that the key is one."""
    reader.known(key)
    return reader.table.values.get(key)


def _flag(reader: TableReader, key: str) -> bool:
    value = _value(reader, key)
    if value not in (None, True, False) or (isinstance(value, int) and not isinstance(value, bool)):
        reader.report(key, f"{key!r} is {describe(value)}, but must be true or false")
        return False
    return bool(value)


def _speed(reader: TableReader) -> float:
    value = _value(reader, "speed")
    if value is None:
        return 0
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 60:
        reader.report("speed", f"'speed' is {describe(value)}, but must be moves a second, up to 60")
        return 0
    return float(value)


def _keys(reader: TableReader, text: str, troubles: Troubles) -> dict[str, str]:
    value = _value(reader, "keys")
    if value is None:
        return {}
    if not isinstance(value, dict):
        reader.report(
            "keys", 'the keys are a table of texts: write [keys], then for example step = "space,s"'
        )
        return {}
    for name, keys in value.items():
        if not _is_keys(keys):
            advice = f'must be keys in quotes: write for example {name} = "f5"'
            troubles.add(_line_of(text, name), f"{name!r} is {describe(keys)}, but {advice}")
    return {str(name): str(keys) for name, keys in value.items() if _is_keys(keys)}


def _is_keys(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _line_of(text: str, name: str) -> int:
    for number, line in enumerate(text.splitlines(), start=1):
        if re.match(rf'\s*"?{re.escape(name)}"?\s*=', line):
            return number
    return 0
