"""Commands that print lessons and runs."""

import argparse
import json
import sys

from ktwviz.cli.codes import BAD, FINE

JSON_SCHEMA = 1


def list_lessons(options: argparse.Namespace) -> int:
    """Print a line for each lesson."""
    from ktwviz.lesson.shelf import summaries
    from ktwviz.progress import ProgressStore, progress_path

    store = ProgressStore(progress_path())
    progress = store.load()
    if store.notice:
        print(store.notice, file=sys.stderr)
    rows = [(lesson, progress.of(lesson.id)) for lesson in summaries()]
    if options.json:
        lessons = [
            {
                "number": lesson.number,
                "id": lesson.id,
                "title": lesson.title,
                "kind": lesson.kind,
                "minutes": lesson.minutes,
                "needs": list(lesson.needs),
                "aim": lesson.aim,
                "solved": done.solved,
                "best": done.best,
            }
            for lesson, done in rows
        ]
        print_json({"lessons": lessons})
    else:
        ids = max((len(lesson.id) for lesson, _ in rows), default=0)
        titles = max((len(lesson.title) for lesson, _ in rows), default=0)
        for lesson, done in rows:
            mark = "[x]" if done.solved else "[/]" if done.token else "[ ]"
            named = f"{lesson.number:02}  {lesson.id:<{ids}} {lesson.title:<{titles}}"
            print(f"{mark} {named} {lesson.kind:<11} {lesson.minutes} min")
    return FINE


def show(options: argparse.Namespace) -> int:
    """Print a lesson as an article."""
    from ktwviz.export.article import article
    from ktwviz.lesson.parse import find_lesson

    print(article(find_lesson(options.lesson)))
    return FINE


def replay(options: argparse.Namespace) -> int:
    """Print what every step of a token does; 1 if something is broken at its end."""
    from ktwviz.export.log import as_json, as_text
    from ktwviz.lesson.parse import find_lesson
    from ktwviz.lesson.play import play_token
    from ktwviz.lesson.scenario import scenario_of
    from ktwviz.schedule import Token
    from ktwviz.session import Session

    token = Token.parse(options.token)
    scenario = scenario_of(token, find_lesson(options.lesson or token.lesson))
    session = Session(scenario.machine)
    play_token(scenario, session, token)
    if token.digest != scenario.digest:
        print(f"made for @{token.digest}, this is @{scenario.digest}: played all the same", file=sys.stderr)
    if options.json:
        print_json(as_json(scenario, session, token))
    else:
        print(as_text(scenario, session, token))
    return BAD if session.bad_end else FINE


def new_lesson(options: argparse.Namespace) -> int:
    """Write the template of a lesson into a folder, under the next number that is free there."""
    from ktwviz.lesson.shelf import write_template

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
    print(json.dumps({"schema": JSON_SCHEMA, **values}, indent=2, ensure_ascii=False))
