"""A run as one page for a browser: the changelog, and the code of every function in it, the lines that ran marked.

Nothing is fetched and nothing runs: no fonts from elsewhere, no scripts.
"""

from collections.abc import Iterator
from html import escape

from ktwviz.export.article import source_link
from ktwviz.export.changelog import of_run
from ktwviz.export.code import Code
from ktwviz.export.lines import Line, lines_of
from ktwviz.kernel.versions import VERSIONS
from ktwviz.lesson.judging import NOTHING, all_broken, sentence
from ktwviz.lesson.scenario import Scenario
from ktwviz.machine.language import Stepped
from ktwviz.schedule import Token
from ktwviz.session import Session

_STYLE = """\
:root { color-scheme: light dark; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; font: 1rem/1.5 system-ui, sans-serif; }
pre { overflow-x: auto; padding: .75rem; border: 1px solid; font: .875rem/1.4 ui-monospace, monospace; }
.n, .at { display: inline-block; width: 3.5rem; opacity: .65; }
.at { width: 6rem; }
mark { font-weight: bold; }
.bad { border-left: .4rem solid; padding-left: .6rem; font-weight: bold; }"""

_MOST_STEPS = 3
"""How many step numbers stand beside a line; more are told by an ellipsis."""


def as_html(scenario: Scenario, session: Session, token: Token, *, as_c: bool = False) -> str:
    """Return the page."""
    lesson = scenario.lesson
    title = escape(f"{lesson.number} {lesson.title}".strip())
    rule = f', with the rule "{scenario.rule}"' if scenario.rule else ""
    broken = [f'<p class="bad">{escape(sentence(clause))}</p>' for clause in all_broken(scenario, session)]
    link = escape(source_link(lesson))
    about = f"The code {VERSIONS[scenario.version.name].sentence}{rule}. {session.cursor} atomic steps."
    parts = [
        "<!DOCTYPE html>",
        '<html lang="en">',
        f'<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title>',
        f"<style>\n{_STYLE}\n</style></head>",
        f"<body>\n<h1>{title}</h1>",
        f"<p>{escape(' '.join(lesson.aim.split()))}</p>",
        f"<p>{escape(about)}</p>",
        *(broken or [f"<p>{escape(sentence(NOTHING))}</p>"]),
        f"<h2>The run</h2>\n<pre>{escape(of_run(session, as_c=as_c))}</pre>",
        "<h2>The code</h2>\n<p>Beside each line that ran: its steps.</p>",
        *_functions(session, Code(session, as_c=as_c)),
        f"<p>Play it: <code>ktwviz play {escape(lesson.id)} --token {escape(str(token))}</code></p>",
        f'<p>Source: <a href="{link}">{link}</a></p>',
        "</body>\n</html>",
    ]
    return "\n".join(parts)


def _functions(session: Session, code: Code) -> Iterator[str]:
    lines = lines_of(session)
    functions: dict[str, Stepped] = {}
    for line in lines:
        for frame in line.frames:
            functions.setdefault(frame.function.name, frame.function)
    for function in functions.values():
        yield f"<h3><code>{escape(function.name)}()</code></h3>"
        rows = "\n".join(_rows(function, code, _steps_of(function, lines, code)))
        yield f"<pre>{rows}</pre>"


def _steps_of(function: Stepped, lines: list[Line], code: Code) -> dict[int, list[int]]:
    """Return at which steps each line of a function began to run, by the number of the line."""
    found: dict[int, list[int]] = {}
    for line in lines:
        if line.frames and line.frames[-1].function is function:
            found.setdefault(code.number(line), []).append(line.number)
    return found


def _rows(function: Stepped, code: Code, steps: dict[int, list[int]]) -> Iterator[str]:
    for line in code.whole(function):
        ran = steps.get(line.number, []) if line.number is not None else []
        at = ", ".join(map(str, ran[:_MOST_STEPS])) + (", ..." if len(ran) > _MOST_STEPS else "")
        text = escape(line.text.expandtabs(8))
        number = "" if line.number is None else str(line.number)
        yield f'<span class="at">{at}</span><span class="n">{number}</span>{f"<mark>{text}</mark>" if ran else text}'
