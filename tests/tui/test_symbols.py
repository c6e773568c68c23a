"""What the terminal can show everywhere."""

from rich.cells import cell_len

from ktwviz.tui.symbols import ASCII, UNICODE


def test_every_glyph_is_one_cell_wide() -> None:
    wide = [
        glyph
        for table in (UNICODE, ASCII)
        for text in table.glyphs()
        for glyph in text
        if cell_len(glyph) != 1
    ]
    assert wide == []


def test_the_ascii_table_is_ascii() -> None:
    assert all(text.isascii() for text in ASCII.glyphs())


def test_ascii_mode_spells_typographic_characters() -> None:
    assert ASCII.text("a → b… “c”") == 'a -> b... "c"'
    assert UNICODE.text("a → b") == "a → b"
