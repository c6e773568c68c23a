"""An app whose screens are covered while the terminal is too small for them."""

from __future__ import annotations

from typing import Any

from textual.app import App
from textual.events import Resize

from ktwviz.tui.base import TooSmallScreen, too_small


class Covering(App[None]):
    """An app that shows nothing but what size is needed, on top of everything, while the terminal is too small."""

    def on_resize(self) -> None:
        """Cover everything while the terminal is too small."""
        # later: the program takes note of its new size after this
        self.call_later(self.cover_where_too_small)

    @property
    def covered(self) -> bool:
        """Whether the screens are covered."""
        return bool(self.screen_stack) and isinstance(self.screen, TooSmallScreen)

    def cover_where_too_small(self) -> None:
        """Cover the screens, or show them again."""
        if not self.screen_stack:
            return
        if too_small(*self.size):
            if not self.covered:
                self.push_screen(TooSmallScreen())
        elif self.covered:
            self.pop_screen()
            # the screens below were not told of the sizes meanwhile
            for screen in self.screen_stack:
                screen.post_message(Resize(self.size, self.size))

    def push_screen(self, *arguments: Any, **named: Any) -> Any:
        """Open a screen; where the screens are covered, below the cover."""
        if not self.covered:
            return super().push_screen(*arguments, **named)
        self.pop_screen()
        opened = super().push_screen(*arguments, **named)
        super().push_screen(TooSmallScreen())
        return opened
