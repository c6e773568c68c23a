"""Bindings as data: what the key bar, the help and the documentation show is read from the bindings themselves."""

from collections.abc import Iterable

from textual.binding import Binding, BindingType

from ktwviz.tui.symbols import UNICODE, Symbols
from ktwviz.values import dataclass

_NAMES = {
    "space": "space",
    "right": "→",
    "left": "←",
    "up": "↑",
    "down": "↓",
    "backspace": "backspace",
    "enter": "enter",
    "escape": "esc",
    "tab": "tab",
    "shift+tab": "shift+tab",
    "home": "home",
    "end": "end",
    "colon": ":",
    "comma": ",",
    "full_stop": ".",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "question_mark": "?",
    "slash": "/",
    "plus": "+",
    "minus": "-",
    "asterisk": "*",
    "pagedown": "page down",
    "pageup": "page up",
}


@dataclass(frozen=True)
class Key:
    """One entry of the key bar: what to press, one word for what it does, and the action behind it."""

    press: str
    label: str
    action: str


@dataclass(frozen=True)
class KeyHelp:
    """One line of the help: every key of one action, and what it does in a sentence; `name` is for settings."""

    name: str
    keys: tuple[str, ...]
    label: str
    sentence: str


def key_name(key: str, symbols: Symbols) -> str:
    """Return how a key is written on the screen."""
    return symbols.text(_NAMES.get(key, key))


def help_lines(bindings: Iterable[BindingType], symbols: Symbols) -> tuple[KeyHelp, ...]:
    """Return the help of these bindings, in their order; keys of one action share a line."""
    lines: dict[str, KeyHelp] = {}
    for binding in bindings:
        if not isinstance(binding, Binding) or binding.system:
            continue
        keys = tuple(key_name(key, symbols) for key in binding.key.split(","))
        if binding.key_display:
            keys = (symbols.text(binding.key_display),)
        group = binding.id.partition(".")[0] if binding.id else binding.action
        if group not in lines:
            lines[group] = KeyHelp(_setting(binding.id or ""), keys, binding.description, binding.tooltip)
    return tuple(lines.values())


def _setting(name: str) -> str:
    """Return the name of a binding in the settings; that of the first where several share a line."""
    return f"{name}, ..." if "." in name else name


def markdown_rows(bindings: Iterable[BindingType]) -> list[str]:
    """Return the help of these bindings as rows of a Markdown table: keys, what they do, name in the settings."""
    return [
        f"| {' '.join(f'`{key}`' for key in line.keys)} | {line.sentence or line.label} | {line.name} |"
        for line in help_lines(bindings, UNICODE)
    ]
