"""Keys of the user's own: which bindings they take the place of, and where two of them clash."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from string import punctuation

from textual.binding import Binding, BindingType
from textual.keys import Keys

from ktwviz.config import Config
from ktwviz.errors import Trouble, did_you_mean
from ktwviz.tui.keys import Key, key_name
from ktwviz.tui.symbols import Symbols

_NAMED = {key.value for key in Keys if not key.value.startswith("<")} - {"return"} | {"ctrl+space"}
_MODIFIERS = ("alt", "ctrl", "hyper", "meta", "shift", "super")


def remapped(bindings: Iterable[BindingType], keymap: Mapping[str, str]) -> list[BindingType]:
    """Return the bindings with the user's keys in place of their own."""
    return [
        replace(binding, key=keymap[binding.id], key_display=None)
        if isinstance(binding, Binding) and binding.id is not None and binding.id in keymap
        else binding
        for binding in bindings
    ]


def with_keymap(
    keys: Sequence[Key], bindings: Iterable[BindingType], keymap: Mapping[str, str], symbols: Symbols
) -> tuple[Key, ...]:
    """Return the entries of a key bar as the user has the keys."""
    own = {
        binding.action: key_name(keymap[binding.id].split(",")[0].strip(), symbols)
        for binding in bindings
        if isinstance(binding, Binding) and binding.id is not None and binding.id in keymap
    }
    return tuple(replace(key, press=own.get(key.action.removeprefix("screen."), key.press)) for key in keys)


def keymap_of(
    config: Config, screens: Mapping[str, Sequence[BindingType]]
) -> tuple[dict[str, str], list[Trouble]]:
    """Return the keys that can be used, and what is wrong with the others.

    A name that no binding has, a key that does not exist, and two bindings of one screen with the same key are left
    out, each with its line.
    """
    ids = {
        binding.id: binding
        for bindings in screens.values()
        for binding in bindings
        if isinstance(binding, Binding) and binding.id
    }
    used = dict(config.keys)
    troubles: list[Trouble] = []
    # what is left out has its own keys again, which may clash with those of another
    while True:
        wrong = {name: _wrong(name, keys, ids) or _clash(name, used, screens) for name, keys in used.items()}
        name = next((name for name in wrong if wrong[name]), None)
        if name is None:
            return used, troubles
        troubles.append(Trouble(config.file, config.key_lines.get(name, 0), wrong[name]))
        del used[name]


def _wrong(name: str, keys: str, ids: Mapping[str, Binding]) -> str:
    if name not in ids:
        return f"there is no key binding {name!r}{did_you_mean(name, ids)}"
    for key in keys.split(","):
        if reason := _no_key(key.strip()):
            return f"{name}: {reason}"
    return ""


def _no_key(key: str) -> str:
    """Return why a key is none that a terminal sends and Textual names so; "" for one that is."""
    *modifiers, last = key.split("+") if len(key) > 1 else [key]
    if modifiers == ["shift"] and len(last) == 1:
        return f"{key!r} arrives as the character alone: write {last.upper()!r}"
    sign = len(last) == 1 and last.isprintable() and (not modifiers or (last.isalnum() and last.islower()))
    known = sign or last in _NAMED or last in _sign_names()
    if key in _NAMED or (known and modifiers == [one for one in _MODIFIERS if one in modifiers]):
        return ""
    return f"there is no key {key!r}{did_you_mean(key.lower(), sorted(_NAMED | _sign_names()))}"


@cache
def _sign_names() -> frozenset[str]:
    """Return how Textual calls the signs of the keyboard: question_mark, slash, ..."""
    return frozenset(_named(sign) for sign in punctuation)


def _named(key: str) -> str:
    """Return a key by the one name that it has in bindings: question_mark for ?."""
    if len(key) != 1 or key == ",":
        return "comma" if key == "," else key
    return next(iter(Binding.make_bindings([Binding(key, "")]))).key


def _clash(name: str, keymap: Mapping[str, str], screens: Mapping[str, Sequence[BindingType]]) -> str:
    for screen, bindings in screens.items():
        owners: dict[str, str] = {}
        mapped = [binding for binding in remapped(bindings, keymap) if isinstance(binding, Binding)]
        if all(binding.id != name for binding in mapped):
            continue
        for binding in mapped:
            for key in binding.key.split(","):
                other = owners.setdefault(_named(key.strip()), binding.id or binding.action)
                if other != (binding.id or binding.action) and name in (binding.id, other):
                    both = sorted((other, binding.id or binding.action))
                    return f"{key.strip()!r} would be both {both[0]} and {both[1]} in the {screen}"
    return ""
