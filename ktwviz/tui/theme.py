"""The themes. Panes name roles, never colours.

Dark and light have Okabe-Ito hues, tuned until text reads well on its ground; the third has the hues as they were
published, which differ in brightness too, and the fourth the sixteen colours of the terminal itself.
"""

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

_COLOUR_BLIND = {
    "next": "#e69f00",
    "cpu0": "#e69f00",
    "cpu1": "#56b4e9",
    "cpu2": "#cc79a7",
    "cpu3": "#00b583",
    "lock": "#56b4e9",
    "bad": "#ff6a13",
    "changed": "#f0e442",
    "event": "#56b4e9",
    "spins": "#cc79a7",
    "irq": "#cc79a7",
    "muted": "#a6a6a6",
    "edge": "#5c5c5c",
    "edge-focus": "#ffffff",
    "bar": "#333333",
    "heading": "#e0e0e0",
}

_SIXTEEN = {
    "next": "ansi_yellow",
    "cpu0": "ansi_yellow",
    "cpu1": "ansi_cyan",
    "cpu2": "ansi_magenta",
    "cpu3": "ansi_green",
    "lock": "ansi_bright_blue",
    "bad": "ansi_bright_red",
    "changed": "ansi_bright_green",
    "event": "ansi_cyan",
    "spins": "ansi_bright_yellow",
    "irq": "ansi_magenta",
    "muted": "ansi_bright_black",
    "edge": "ansi_bright_black",
    "edge-focus": "ansi_white",
    "bar": "ansi_black",
    "heading": "ansi_white",
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

COLOUR_BLIND = Theme(
    name="ktwviz-cb",
    primary="#56b4e9",
    secondary="#56b4e9",
    accent="#e69f00",
    warning="#f0e442",
    error="#ff6a13",
    success="#00b583",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#1f1f1f",
    dark=True,
    text_alpha=1.0,
    variables=_COLOUR_BLIND
    | {"block-cursor-text-style": "bold", "border": "#5c5c5c", "border-blurred": "#5c5c5c"},
)

SIXTEEN = Theme(
    name="ktwviz-16",
    ansi=True,
    primary="ansi_blue",
    secondary="ansi_cyan",
    accent="ansi_yellow",
    warning="ansi_yellow",
    error="ansi_bright_red",
    success="ansi_bright_green",
    foreground="ansi_default",
    background="ansi_default",
    surface="ansi_default",
    panel="ansi_default",
    boost="ansi_default",
    dark=True,
    variables=_SIXTEEN
    | {
        "block-cursor-text-style": "bold",
        "border": "ansi_bright_black",
        "border-blurred": "ansi_bright_black",
        "ansi-background": "ansi_black",
        "ansi-foreground": "ansi_white",
        "input-cursor-background": "ansi_white",
        "input-cursor-foreground": "ansi_black",
        "input-selection-background": "ansi_bright_blue",
        "input-selection-foreground": "ansi_black",
        "screen-selection-background": "ansi_bright_blue",
        "screen-selection-foreground": "ansi_black",
    },
)

THEMES = (DARK, LIGHT, COLOUR_BLIND, SIXTEEN)
"""All of them; on the command line without the prefix: dark, light, cb, 16."""


def role_defaults(*, dark: bool) -> dict[str, str]:
    """Return the role variables for themes other than our own."""
    return dict(_DARK if dark else _LIGHT)


def cpu_role(cpu: int) -> str:
    """Return the variable that colours what belongs to this CPU; the clock is muted."""
    return f"$cpu{cpu % 4}" if cpu >= 0 else "$muted"
