"""Files for the user: written beside where the program was started, or downloaded where it runs in a browser."""

import io
import re
from pathlib import Path

from textual.app import App

_FONTS = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)


def deliver(app: App[None], text: str, name: str) -> None:
    """Write a text to a file of a new name; the app is told by DeliveryComplete or DeliveryFailed."""
    folder = Path.cwd()
    app.deliver_text(
        io.StringIO(text), save_directory=folder, save_filename=free_name(folder, name), encoding="utf-8"
    )


def free_name(folder: Path, name: str) -> str:
    """Return the name, with a number in it if there is such a file already."""
    stem, dot, ending = name.rpartition(".")
    number, found = 1, name
    while (folder / found).exists():
        number += 1
        found = f"{stem}-{number}{dot}{ending}"
    return found


def picture(app: App[None]) -> str:
    """Return the screen as SVG, in a font of the reader's: none is fetched from elsewhere, and none is named."""
    return _FONTS.sub("", app.export_screenshot()).replace("Fira Code", "monospace")
