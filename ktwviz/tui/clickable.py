"""Text that can be clicked: the style under the pointer carries an action."""

from textual import events
from textual.widgets import Static

from ktwviz.tui.text import CLICK


class Clickable(Static):
    """Runs the action of what is clicked."""

    async def on_click(self, event: events.Click) -> None:
        """Run the action under the pointer, if there is one."""
        action = event.style.meta.get(CLICK)
        if isinstance(action, str):
            event.stop()
            await self.run_action(action)
