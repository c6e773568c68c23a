"""The two themes: Okabe-Ito hues, tuned until text reads well on its ground. Panes name roles, never colours."""

from textual.theme import Theme

_DARK = {
    "next": "#e69f00",
    "cpu0": "#e6b45c",
    "cpu1": "#6cbdf0",
    "cpu2": "#d291b4",
    "cpu3": "#58c4a0",
    "lock": "#7aa5ff",
    "bad": "#ff7b4a",
    "changed": "#3fd09f",
    "event": "#56b4e9",
    "spins": "#f0e442",
    "irq": "#d58bb8",
    "muted": "#8a93a3",
    "edge": "#3a424f",
    "edge-focus": "#a9b4c6",
    "bar": "#2a3443",
    "heading": "#c3ccda",
}

_LIGHT = {
    "next": "#9a5f00",
    "cpu0": "#8f5c00",
    "cpu1": "#00639c",
    "cpu2": "#9a3f73",
    "cpu3": "#00684c",
    "lock": "#0057a8",
    "bad": "#b83c00",
    "changed": "#006b4e",
    "event": "#00689e",
    "spins": "#7a6500",
    "irq": "#963a70",
    "muted": "#666f7a",
    "edge": "#c9ced6",
    "edge-focus": "#49525f",
    "bar": "#e0dccf",
    "heading": "#39424e",
}

DARK = Theme(
    name="ktwviz-dark",
    primary="#7aa5ff",
    secondary="#6cbdf0",
    accent="#e69f00",
    warning="#f0e442",
    error="#ff7b4a",
    success="#3fd09f",
    foreground="#d7dde7",
    background="#12161c",
    surface="#12161c",
    panel="#1d232c",
    dark=True,
    text_alpha=1.0,
    variables=_DARK | {"block-cursor-text-style": "bold", "border": "#3a424f", "border-blurred": "#3a424f"},
)

LIGHT = Theme(
    name="ktwviz-light",
    primary="#0057a8",
    secondary="#00639c",
    accent="#9a5f00",
    warning="#7a6500",
    error="#b83c00",
    success="#006b4e",
    foreground="#22282f",
    background="#fbfaf6",
    surface="#fbfaf6",
    panel="#efece4",
    dark=False,
    text_alpha=1.0,
    variables=_LIGHT | {"block-cursor-text-style": "bold", "border": "#c9ced6", "border-blurred": "#c9ced6"},
)

THEMES = (DARK, LIGHT)


def role_defaults(*, dark: bool) -> dict[str, str]:
    """Return the role variables for themes other than our own."""
    return dict(_DARK if dark else _LIGHT)


def cpu_role(cpu: int) -> str:
    """Return the variable that colours what belongs to this CPU; the clock is muted."""
    return f"$cpu{cpu % 4}" if cpu >= 0 else "$muted"
