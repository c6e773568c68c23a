"""The player on top of an editor: it runs the learner's own text, and q leads back to that."""

from ktwviz.lesson.play import Play
from ktwviz.tui.keybar import KeyBar
from ktwviz.tui.keys import Key
from ktwviz.tui.player.scene import Scene
from ktwviz.tui.player.screen import PlayerScreen


class OwnPlayer(PlayerScreen):
    """Plays a text of the learner's own."""

    def __init__(self, play: Play) -> None:
        super().__init__(play)

    def no_token(self) -> str:
        """Return why there is no token of this run, "" where there is one."""
        return ""

    def action_token(self) -> None:
        """Show the token, or say why there is none."""
        if self.no_token():
            self.tell(self.no_token())
        else:
            super().action_token()

    def action_fix(self) -> None:
        """Go back to the editor."""
        self.action_quit_level()

    def action_sandbox(self) -> None:
        """Go back to the editor."""
        self.action_quit_level()

    def action_quit_level(self) -> None:
        """Go back to the editor."""
        self._stop()
        self.app.pop_screen()

    def _show_keys(self, scene: Scene) -> None:
        """Show the player's keys, without those that answer nothing here, and where q leads."""
        super()._show_keys(scene)
        bar = self.query_one(KeyBar)
        bar.keys = tuple(
            Key("q", "Editor", key.action) if key.press == "q" else key
            for key in bar.keys
            if key.press != "y" or not self.no_token()
        )
