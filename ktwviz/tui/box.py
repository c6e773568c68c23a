"""A box at the bottom of the screen that asks for something: it covers little, and cannot be overlooked."""

from textual.screen import ModalScreen, ScreenResultType


class BottomBox(ModalScreen[ScreenResultType]):
    """Shows its child of the class "box" there; what is asked for is the result."""

    DEFAULT_CSS = """
    BottomBox {
        background: $background 40%;
        align: center bottom;
        & > .box {
            width: 1fr; height: auto; padding: 0 1; border: heavy $next; border-title-color: $next;
            border-title-style: bold; border-subtitle-color: $muted; background: $background;
        }
    }
    """
