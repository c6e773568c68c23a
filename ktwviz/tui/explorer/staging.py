"""From what is explored to what is drawn. This alone knows both; it steps the model, so that no pane has to."""

from ktwviz.checker.orders import switches
from ktwviz.lesson.model import Lesson
from ktwviz.lesson.sandbox import is_unsaved
from ktwviz.schedule import compress
from ktwviz.tui.explorer.exploring import Exploring
from ktwviz.tui.explorer.scene import BadRow, ExamplesView, Explored, Kind, MapView, RowView, StateView
from ktwviz.tui.explorer.tree import Node, Row
from ktwviz.tui.naming import lesson_number


def searching(lesson: Lesson, rule: str, states: int, notice: str = "") -> Explored:
    """Return the scene while the search runs."""
    return Explored(lesson_number(lesson), lesson.title, rule, True, states, notice=notice)


def stage(exploring: Exploring, top: int, height: int, *, stopped: bool, notice: str = "") -> Explored:
    """Return the scene, with the `height` lines of the tree from `top` on."""
    found, reach, tree = exploring.found, exploring.reach, exploring.tree
    lesson = found.scenario.lesson
    rows = tree.rows
    return Explored(
        number=lesson_number(lesson),
        title=lesson.title,
        rule=found.scenario.variant,
        states=len(reach.order),
        bad=exploring.bad_places,
        duplicates=reach.duplicates,
        depth=reach.depth,
        bound=found.graph.bound,
        stopped=stopped,
        start=len(exploring.prefix),
        only=tree.only,
        rows=tuple(row_view(exploring, row) for row in rows[top : top + height]),
        top=top,
        total=len(rows),
        selected=tree.place(exploring.cursor),
        examples=examples_view(exploring),
        state=state_view(exploring),
        map=MapView(exploring.classes, exploring.cell_of(exploring.cursor.number)),
        notice=notice,
    )


def row_view(exploring: Exploring, row: Row) -> RowView:
    """Return one line of the tree."""
    node = row.node
    reach = exploring.reach
    bad = tuple(dict.fromkeys(broken.verdict.property for broken in exploring.broken_at(node)))
    told = exploring.tree.told(node)
    context = node.step.context if node.step else None
    return RowView(
        guides=row.guides,
        mark=_mark(exploring, node),
        key=node.key,
        name=context.name if context else exploring.graph.machine.hardware_name(node.key) if node.key else "",
        cpu=context.cpu if context else -1,
        text=told.access if told else _start_text(exploring),
        kind=_kind(exploring, node, bool(bad)),
        number=node.number,
        below=reach.sizes[node.number] - 1,
        ahead=exploring.ahead(node),
        bad=bad,
    )


def _start_text(exploring: Exploring) -> str:
    return f"after step {len(exploring.prefix)} of your walk" if exploring.prefix else "the start"


def _mark(exploring: Exploring, node: Node) -> str:
    if not exploring.tree.kids(node):
        return ""
    if node.shown == "folded":
        return "folded"
    if node.shown == "line":
        return "more" if exploring.tree.hidden(node) else ""
    return "open"


def _kind(exploring: Exploring, node: Node, bad: bool) -> Kind:
    if bad:
        return "bad"
    if not node.first and node.shown == "folded":
        return "seen"
    if exploring.tree.kids(node):
        return "open"
    return "end" if node.number in exploring.ends else "cut"


def examples_view(exploring: Exploring) -> ExamplesView:
    """Return the counterexamples, and the schedule of the cursor."""
    found = exploring.found
    here = exploring.broken_at(exploring.cursor)
    rows = []
    for row, broken in enumerate(exploring.ranked):
        examples = exploring.of(broken)
        first = examples[0] if examples else None
        rows.append(
            BadRow(
                broken.verdict.property,
                exploring.places_of(broken),
                len(first.keys) if first else -1,
                first.switches if first else -1,
                broken in here,
                marked=row == exploring.row,
                kept=broken is exploring.kept,
            )
        )
    keys = exploring.schedule()
    unknown = [verdict for verdict in found.report.verdicts if verdict.kind == "undetermined"]
    return ExamplesView(
        rows=tuple(rows),
        order=exploring.order,
        at=exploring.at + 1,
        count=len(exploring.hits.states) if exploring.hits else len(exploring.listed),
        hits=exploring.hits.text if exploring.hits else "",
        schedule=compress(keys),
        token="" if is_unsaved(found.scenario.lesson) else str(found.scenario.token(keys)),
        steps=len(keys),
        switches=switches(keys),
        nearest=exploring.nearest_only,
        undetermined=len(unknown),
        why=unknown[0].how if unknown else "",
    )


def state_view(exploring: Exploring) -> StateView:
    """Return the state at the cursor."""
    node = exploring.cursor
    broken = exploring.broken_at(node)
    return StateView(
        number=node.number,
        depth=len(exploring.prefix) + node.depth,
        step=exploring.tree.told(node),
        broken=tuple((one.verdict.property, exploring.how(one, node)) for one in broken),
        ahead=exploring.ahead(node),
        picture=exploring.picture(node.state),
        previous=exploring.picture(node.parent.state) if node.parent else None,
    )
