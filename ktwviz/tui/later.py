"""The screens behind the first one, each imported when it is first asked for: so the first is there at once.

`later.PlayerScreen` is the class. `opened.PlayerScreen` is for `isinstance` alone: while nobody has asked for that
screen none is open, so there is nothing to import.
"""

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ktwviz.lesson.opening import opened_play, same_code, start_play
    from ktwviz.lesson.record import recorded
    from ktwviz.lesson.sandbox import YOUR_SCENARIO, begun_anew, begun_from
    from ktwviz.lesson.scenario import variant_of
    from ktwviz.tui.ask import Question
    from ktwviz.tui.explorer.screen import ExplorerScreen, Origin
    from ktwviz.tui.fixit.screen import FixScreen
    from ktwviz.tui.home.notice import HomeNotice
    from ktwviz.tui.keymap import keymap_of
    from ktwviz.tui.matrix.screen import MatrixScreen
    from ktwviz.tui.palette import Commands, lesson_commands, player_commands
    from ktwviz.tui.player.screen import PlayerScreen, not_yours
    from ktwviz.tui.player.staging import Score
    from ktwviz.tui.sandbox.play import SandboxPlayer
    from ktwviz.tui.sandbox.screen import SandboxScreen
    from ktwviz.tui.searching import Searches
    from ktwviz.tui.tokens import AskToken, lesson_of, refused
    from ktwviz.tui.uncoloured import UNCOLOURED, NoColours

__all__ = [
    "UNCOLOURED",
    "YOUR_SCENARIO",
    "AskToken",
    "Commands",
    "ExplorerScreen",
    "FixScreen",
    "HomeNotice",
    "MatrixScreen",
    "NoColours",
    "Origin",
    "PlayerScreen",
    "Question",
    "SandboxPlayer",
    "SandboxScreen",
    "Score",
    "Searches",
    "begun_anew",
    "begun_from",
    "keymap_of",
    "lesson_commands",
    "lesson_of",
    "not_yours",
    "opened_play",
    "player_commands",
    "recorded",
    "refused",
    "same_code",
    "start_play",
    "variant_of",
]

_PLACES = {
    "YOUR_SCENARIO": "ktwviz.lesson.sandbox",
    "begun_anew": "ktwviz.lesson.sandbox",
    "begun_from": "ktwviz.lesson.sandbox",
    "variant_of": "ktwviz.lesson.scenario",
    "Question": "ktwviz.tui.ask",
    "ExplorerScreen": "ktwviz.tui.explorer.screen",
    "Origin": "ktwviz.tui.explorer.screen",
    "FixScreen": "ktwviz.tui.fixit.screen",
    "HomeNotice": "ktwviz.tui.home.notice",
    "keymap_of": "ktwviz.tui.keymap",
    "MatrixScreen": "ktwviz.tui.matrix.screen",
    "Commands": "ktwviz.tui.palette",
    "lesson_commands": "ktwviz.tui.palette",
    "player_commands": "ktwviz.tui.palette",
    "opened_play": "ktwviz.lesson.opening",
    "same_code": "ktwviz.lesson.opening",
    "start_play": "ktwviz.lesson.opening",
    "recorded": "ktwviz.lesson.record",
    "not_yours": "ktwviz.tui.player.screen",
    "PlayerScreen": "ktwviz.tui.player.screen",
    "Score": "ktwviz.tui.player.staging",
    "SandboxPlayer": "ktwviz.tui.sandbox.play",
    "SandboxScreen": "ktwviz.tui.sandbox.screen",
    "Searches": "ktwviz.tui.searching",
    "AskToken": "ktwviz.tui.tokens",
    "lesson_of": "ktwviz.tui.tokens",
    "refused": "ktwviz.tui.tokens",
    "NoColours": "ktwviz.tui.uncoloured",
    "UNCOLOURED": "ktwviz.tui.uncoloured",
}


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_PLACES[name]), name)


class _Opened:
    """Gives a class if its module was imported, else what nothing is an instance of."""

    def __getattr__(self, name: str) -> Any:
        module = sys.modules.get(_PLACES[name])
        return () if module is None else getattr(module, name)


opened = _Opened()
