"""Commands that print lessons and runs."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from ktwviz.cli.codes import BAD, FINE

if TYPE_CHECKING:
    from ktwviz.lesson.scenario import Scenario
    from ktwviz.schedule import Token
    from ktwviz.session import Session

JSON_SCHEMA = 1


def list_lessons(options: argparse.Namespace) -> int:
    """Print a line for each lesson."""
    from ktwviz.lesson.shelf import summaries
    from ktwviz.progress.store import ProgressStore, progress_path

    store = ProgressStore(progress_path())
    progress = store.load()
    if store.notice:
        print(store.notice, file=sys.stderr)
    rows = [(lesson, progress.of(lesson.id)) for lesson in summaries()]
    if options.todo:
        rows = [(lesson, done) for lesson, done in rows if not done.solved]
    if options.json:
        lessons = [
            {
                "number": lesson.number,
                "id": lesson.id,
                "slug": lesson.slug,
                "title": lesson.title,
                "kind": lesson.kind,
                "minutes": lesson.minutes,
                "needs": list(lesson.needs),
                "aim": lesson.aim,
                "solved": done.solved,
                "best": done.best,
                "goal_steps": lesson.goal_steps,
                "mended": bool(done.fixed),
            }
            for lesson, done in rows
        ]
        print_json({"lessons": lessons})
    else:
        ids = max((len(lesson.id) for lesson, _ in rows), default=0)
        titles = max((len(lesson.title) for lesson, _ in rows), default=0)
        for lesson, done in rows:
            mark = "[x]" if done.solved else "[/]" if done.token else "[ ]"
            named = f"{lesson.number:02} {lesson.id:<{ids}} {lesson.title:<{titles}}"
            print(f"{mark} {named} {lesson.minutes:>2} min{' mended' if done.fixed else ''}")
    return FINE


def show(options: argparse.Namespace) -> int:
    """Print a lesson as an article, or one function in C syntax."""
    from ktwviz.errors import UnknownName
    from ktwviz.export.article import article
    from ktwviz.lesson.parse import find_lesson

    if options.as_c is not None:
        print(_function_as_c(options.as_c, options.lesson))
    elif options.lesson is None:
        raise UnknownName("say which lesson to show (`ktwviz list` has them), or --as-c FUNCTION")
    else:
        print(article(find_lesson(options.lesson)))
    return FINE


def _function_as_c(name: str, lesson: str | None) -> str:
    """Return a function of the kernel in C syntax; of a lesson, as its rule and its scenario have it."""
    from ktwviz.errors import UnknownName, did_you_mean
    from ktwviz.export.as_c import as_c
    from ktwviz.kernel.versions import kernel_namespace
    from ktwviz.lesson.parse import find_lesson
    from ktwviz.lesson.scenario import build_scenario
    from ktwviz.machine.describe import snapshot
    from ktwviz.machine.language import Stepped
    from ktwviz.machine.program import Program

    machine = build_scenario(find_lesson(lesson)).machine if lesson else None
    program = machine.program if machine else Program(kernel_namespace())
    functions = {key: found for key, found in program.namespace.items() if isinstance(found, Stepped)}
    functions |= (
        {context.name: context.entry for context in machine.contexts if not context.guard} if machine else {}
    )
    if name not in functions:
        raise UnknownName(f"there is no stepped function {name!r}{did_you_mean(name, functions)}")
    things = snapshot(machine, machine.initial).objects if machine else ()
    objects = [(thing.name, thing.struct) for thing in things]
    return "\n".join(line.text for line in as_c(functions[name], program.namespace, objects))


def replay(options: argparse.Namespace) -> int:
    """Print what every step of a token does; 1 if something is broken at its end."""
    from ktwviz.cli.tokens import scenario_for, token_of
    from ktwviz.lesson.judging import broken_at
    from ktwviz.lesson.parse import find_lesson
    from ktwviz.lesson.play import play_token
    from ktwviz.session import Session

    token = token_of(options.token, options.until)
    scenario, token = scenario_for(token, find_lesson(options.lesson or token.lesson), options.rule)
    session = Session(scenario.machine)
    play_token(scenario, session, token)
    if token.digest != scenario.digest:
        print(f"made for @{token.digest}, this is @{scenario.digest}: played all the same", file=sys.stderr)
    print(_replayed(options.format, scenario, session, token))
    return BAD if broken_at(scenario, session) else FINE


def _replayed(form: str, scenario: Scenario, session: Session, token: Token) -> str:
    """Return a run in one of the forms of `replay`; what a form needs is imported for it alone."""
    if form in ("changelog", "table", "json"):
        from ktwviz.export.run import FORMS

        return FORMS[form][0](scenario, session, token)
    from ktwviz.export import log

    return (log.as_lines if form == "jsonl" else log.as_text)(scenario, session, token)


def diff(options: argparse.Namespace) -> int:
    """Play a token's schedule in two versions of the code; 1 if the runs part."""
    from ktwviz.cli.tokens import scenario_for, token_of
    from ktwviz.errors import UnknownName
    from ktwviz.export.comparison import as_json, as_text
    from ktwviz.lesson.compare import compare, scenario_named, version_names
    from ktwviz.lesson.parse import find_lesson
    from ktwviz.lesson.play import play_token
    from ktwviz.session import Session

    if len(options.rule) > 2:
        raise UnknownName(f"--rule is given {len(options.rule)} times: two versions are compared at a time")
    token = token_of(options.token)
    lesson = find_lesson(options.lesson or token.lesson)
    first, *more = options.rule if len(options.rule) == 2 else (None, *options.rule)
    scenario, token = scenario_for(token, lesson, first)
    play_token(scenario, Session(scenario.machine), token)
    others = [name for name in version_names(lesson) if name != scenario.variant]
    name = next(iter([*more, *others]), scenario.variant)
    found = compare(scenario, scenario_named(lesson, name, token.memory), token.keys)
    if options.json:
        print_json(as_json(found))
    else:
        print(as_text(found))
    return BAD if found.differ else FINE


def new_lesson(options: argparse.Namespace) -> int:
    """Write the template of a lesson into a folder, under the next number that is free there."""
    from ktwviz.lesson.template import write_template

    path = write_template(options.folder)
    print(path)
    print(f"next: ktwviz check {path}", file=sys.stderr)
    return FINE


def layout(options: argparse.Namespace) -> int:
    """Print how large the structs are, or where the members of one lie in each version."""
    from ktwviz.export import layout as export
    from ktwviz.kernel.layouts import all_structs, struct_called

    chosen = (struct_called(options.struct),) if options.struct else all_structs()
    layouts = [found for struct in chosen for found in export.layouts_of(struct)]
    if options.json:
        print_json({"layouts": export.as_json(layouts)})
    else:
        print(export.as_text(layouts) if options.struct else export.as_table())
    return FINE


def print_json(values: dict[str, object]) -> None:
    """Print JSON with the version of its schema."""
    import json

    print(json.dumps({"schema": JSON_SCHEMA, **values}, indent=2, ensure_ascii=False))
