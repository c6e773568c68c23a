"""A line that asks for the path of a file."""

from ktwviz.tui.askline import AskLine


class AskPath(AskLine):
    """Asks where to save."""

    ASKED = "Save as a lesson file"
    ABOUT = "A name such as my-race.md; its folder must be there."
    ENTER, ESCAPE = "checks it and saves", "saves nothing"
