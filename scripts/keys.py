"""Writes the tables of keys in the README from the bindings: `python scripts/keys.py`."""

from pathlib import Path

from ktwviz.tui.readme import with_key_tables

README = Path(__file__).resolve().parents[1] / "README.md"


def main() -> None:
    """Write the tables between their two marks."""
    README.write_text(with_key_tables(README.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
