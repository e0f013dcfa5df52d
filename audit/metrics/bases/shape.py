"""How a canonical table becomes a base: as-of rules, joins and helper columns."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir

from audit.engine.duck import Duck

if TYPE_CHECKING:
    from audit.metrics.bases import Bases

DAY = 86_400.0
_COSTLY = (ibis.expr.operations.JoinChain, ibis.expr.operations.WindowFunction, ibis.expr.operations.Aggregate)
_DERIVED = (ibis.expr.operations.Project, ibis.expr.operations.Filter, ibis.expr.operations.Aggregate,
            ibis.expr.operations.JoinChain, ibis.expr.operations.Set)
HELPERS = ("cycle_days", "age_days", "on_day", "lead_created_at", "is_converted", "won_amount", "user_gone")
_OF_CLIENT = ("segment", "region", "industry")


def days(start: ir.Value, end: ir.Value) -> ir.Value:
    """Days between two times with their fraction (calendar boundaries are not counted)."""
    return (end.epoch_seconds() - start.epoch_seconds()).cast("float64") / DAY


def yes(condition: ir.Value) -> ir.Value:
    """1 where the condition holds, else 0 (also where it is unknown)."""
    return ibis.ifelse(condition.fill_null(False), 1, 0)


def deals_as_of(table: ir.Table, bases: Bases) -> ir.Table:
    """Deals as they stood: later ones dropped, later closings reopened, money in the base currency.

    What the survey of the table shows not to occur is not guarded against row by row.
    """
    end, seen = ibis.literal(bases.end), bases.survey
    if seen["later"]:
        table = table.filter(table.created_at.isnull() | (table.created_at < end))
    table = _with_stage_then(table, bases)
    table = table.mutate(closed_at=closing(table, bases), _was=table.semantic)
    if seen["odd"] or seen["reopened"]:
        done = table.semantic.isin(["won", "lost"]) & (table.closed_at.isnull() | (table.closed_at < end))
        table = table.mutate(semantic=ibis.ifelse(done.fill_null(False), table.semantic, "open"))
        table = table.mutate(closed_at=ibis.ifelse(table.semantic == "open", ibis.null("timestamp(6)"), table.closed_at))
    reopened = (table.semantic == "open") & table._was.isin(["won", "lost"])
    moved = reopened | ((table.semantic == "open") & table._stage_then.notnull() & (table._moved_on == 1).fill_null(False))
    exact = seen["dated"] * 1_000 <= seen["rows"]  # so few strike midnight by chance
    return table.mutate(
        won_at=ibis.ifelse(table.semantic == "won", table.closed_at, ibis.null("timestamp(6)")),
        loss_reason=ibis.ifelse(table.semantic == "lost", table.loss_reason, ibis.null("string")),
        stage_id=ibis.ifelse(moved, table._stage_then, table.stage_id),
        pipeline_id=ibis.ifelse(moved, ibis.coalesce(table._pipeline_then, table.pipeline_id), table.pipeline_id),
        amount_base=money(table, bases),
        cycle_days=days(table.created_at, table.closed_at) if exact else wait(table.created_at, table.closed_at),
        age_days=_age(table.created_at, bases),
        on_day=ibis.literal(False) if exact else dated(table.created_at) | dated(table.closed_at),
    ).drop("_was", "_stage_then", "_pipeline_then", "_moved_on")


def closing(table: ir.Table, bases: Bases) -> ir.Value:
    """When a deal ended: winning if it was won, else closing."""
    if not bases.tables.has("deals.won_at"):
        return table.closed_at
    return ibis.ifelse(table.semantic == "won", ibis.coalesce(table.won_at, table.closed_at), table.closed_at)


def survey(bases: Bases) -> dict[str, int]:
    """What occurs among deals: `rows`, `won`, `lost`, won before creation `back`, mere dates `dated`, rows `later` than
    the as-of day, closings later than it `reopened`, outcomes missing, unknown or at odds with a closing time `odd`."""
    table = bases.full("deals")
    end, ended = ibis.literal(bases.end), closing(table, bases)
    keys = {"outcome": table.semantic, "open": ended.isnull()}
    if bases.looks_back:
        keys |= {"later": yes(table.created_at >= end), "reopened": yes(ended >= end)}
    sums = {"n": table.count(), "back": yes(ended < table.created_at).sum(),
            "dated": yes(dated(table.created_at)).sum() + yes(dated(ended)).sum()}
    groups = bases.tables.backend.to_pyarrow(table.group_by(**keys).agg(**sums)).to_pylist()
    seen = [row for row in groups if not row.get("later") and not row.get("reopened")]
    found = {
        "rows": sum(row["n"] for row in groups), "dated": sum(row["dated"] for row in groups),
        "later": sum(row["n"] for row in groups if row.get("later")),
        "reopened": sum(row["n"] for row in groups if row.get("reopened")),
        "won": sum(row["n"] for row in seen if row["outcome"] == "won"),
        "lost": sum(row["n"] for row in seen if row["outcome"] == "lost"),
        "back": sum(row["back"] for row in seen if row["outcome"] == "won"),
        "odd": sum(row["n"] for row in groups if row["outcome"] not in ("won", "lost", "open")
                   or (row["outcome"] == "open" and not row["open"])),
    }
    if found["back"] and found["dated"]:  # a mere date closes no earlier than any hour of itself
        rows = table if not bases.looks_back else table.filter((table.created_at < end) & (ended < end))
        wrong = (rows.semantic == "won") & (wait(rows.created_at, closing(rows, bases)) < 0)
        found["back"] = bases.tables.backend.to_pyarrow(rows.filter(wrong).count()).as_py()
    return found


def dated(time: ir.Value) -> ir.BooleanValue:
    """Whether a time is a mere date: it has no clock part."""
    return time == time.truncate("D")


def wait(start: ir.Value, end: ir.Value) -> ir.Value:
    """Days from start to end; whole calendar days where one of them is a mere date, whose hour nobody knows."""
    whole = days(start.truncate("D"), end.truncate("D"))
    return ibis.ifelse(dated(start) | dated(end), whole, days(start, end))


def _age(start: ir.Value, bases: Bases) -> ir.Value:
    """Days from start to the end of the as-of day, to the day itself where the start is a mere date."""
    whole = days(start, ibis.literal(bases.end)) - 1
    return ibis.ifelse(dated(start), whole, days(start, ibis.literal(bases.end)))


def _with_stage_then(table: ir.Table, bases: Bases) -> ir.Table:
    """The stage and pipeline in which a deal stood at a past `as_of`, from its history, and whether it has a later record; without one they are unknown."""
    if not bases.looks_back or not bases.tables.has("stage_history.entered_at", "stage_history.to_stage"):
        none = ibis.null("string")
        return table.mutate(_stage_then=none, _pipeline_then=none, _moved_on=ibis.literal(0))
    history = bases.full("stage_history")
    history = history.filter(history.entity.fill_null("deal") == "deal")
    history = history.mutate(_later=history.entered_at >= ibis.literal(bases.end)).filter(ibis._._later.notnull())
    # of stages entered at one second the later in order, as in `work.visits`
    order = bases.stages.column(history.pipeline_id, history.to_stage, "ord").fill_null(0)
    latest = [history.entered_at.desc(), order.desc(), history.to_stage.desc()]
    placed = history.mutate(_place=ibis.row_number().over(ibis.window(group_by=[history.entity_id, history._later], order_by=latest)))
    last = placed.filter(placed._place == 0)
    told = {f"_{name}_then": last[column].max(where=~last._later) for name, column in (("stage", "to_stage"), ("pipeline", "pipeline_id"))}
    return told_beside(table, last.group_by(_deal=last.entity_id).agg(**told, _moved_on=yes(last._later).max()), "deal_id")


def money(table: ir.Table, bases: Bases, name: str = "deals") -> ir.Value:
    """amount_base, else the amount when it is in the base currency."""
    if not bases.tables.has(f"{name}.currency") or bases._base_currency is None:
        return ibis.coalesce(table.amount_base, table.amount)
    ours = table.currency.isnull() | (table.currency == bases._base_currency)
    return ibis.coalesce(table.amount_base, ibis.ifelse(ours, table.amount, ibis.null("float64")))


def factor(table: ir.Table, bases: Bases, name: str) -> ir.Value:
    """Base currency for one unit of the row's currency: exactly 1 where they are the same, empty where no amount tells the rate of another."""
    base, none = money(table, bases, name), ibis.null("float64")
    own: ir.Value = ibis.literal(1.0)
    if bases.tables.has(f"{name}.currency") and bases._base_currency is not None:
        own = ibis.ifelse(table.currency.isnull() | (table.currency == bases._base_currency), 1.0, none)
    told = ibis.ifelse(base == table.amount, 1.0, base / table.amount)
    return ibis.ifelse(table.amount.isnull() | (table.amount == 0), own, told)


def leads_as_of(table: ir.Table, bases: Bases) -> ir.Table:
    """Leads as they stood, with what became of them."""
    end = ibis.literal(bases.end)
    none = ibis.null("timestamp(6)")
    table = table.filter(table.created_at.isnull() | (table.created_at < end))
    table = _with_deals(table, bases)
    later = (table.closed_at >= end).fill_null(False)
    said = (table.semantic == "converted").fill_null(False) | table.converted_at.notnull() | table._made.notnull()
    moment = ibis.coalesce(table.converted_at, table._made, ibis.ifelse(table.semantic == "converted", table.closed_at, none))
    converted = said & (moment.isnull() | (moment < end)).fill_null(True)
    table = table.mutate(is_converted=converted, converted_at=ibis.ifelse(converted, moment, none))
    semantic = (
        ibis.cases((table.is_converted, "converted"), (table.semantic.isin(["junk", "lost"]) & ~later, table.semantic),
                   else_="open")
    )
    table = table.mutate(semantic=semantic)
    closed = ibis.cases((table.semantic == "converted", ibis.coalesce(table.converted_at, table.closed_at)),
                        (table.semantic == "open", none), else_=table.closed_at)
    return table.mutate(
        closed_at=closed,
        qualified_at=ibis.ifelse(table.qualified_at < end, table.qualified_at, none),
        loss_reason=ibis.ifelse(table.semantic.isin(["junk", "lost"]), table.loss_reason, ibis.null("string")),
        age_days=_age(table.created_at, bases),
    ).drop("_made")


def _with_deals(table: ir.Table, bases: Bases) -> ir.Table:
    """The deals made of each lead, found by the deal's lead_id or the lead's deal_id: first made, first won, Σ won."""
    tables, none = bases.tables, ibis.null("timestamp(6)")
    links, taken = [], ("deal_id", "created_at", "won_at", "semantic", "amount_base")
    if tables.has("deals.lead_id"):
        links.append(bases.deals.select(bases.deals.lead_id.name("_lead"), *taken))
    if tables.has("leads.deal_id", "deals"):
        pairs = tables["leads"].select(_lead="lead_id", _deal="deal_id")
        links.append(bases.deals.inner_join(pairs, [("deal_id", "_deal")]).select("_lead", *taken))
    if not links:
        return table.mutate(_made=none, won_at=none, won_amount=ibis.literal(0.0))
    both = ibis.union(*links, distinct=True) if len(links) > 1 else links[0]
    both = both.filter(both._lead.notnull())
    won = ibis.ifelse(both.semantic == "won", both.amount_base, 0.0)
    made = both.group_by("_lead").agg(_made=both.created_at.min(), won_at=both.won_at.min(), won_amount=won.sum())
    joined = table.left_join(made, table.lead_id == made._lead)
    return joined.drop("_lead").mutate(won_amount=ibis.coalesce(joined.won_amount, 0.0))


def enriched(table: ir.Table, name: str, bases: Bases) -> ir.Table:
    """`table` with the slices that live in other tables: owner, team, the client's groups, the lead's source …

    Every other table has one row a key and is joined to the rows as they come; all is told in one select.
    """
    tables, kept = bases.tables, table.columns
    sides = {key: side for key, side in (("lead_id", _lead_side(name, bases)), ("deal_id", _line_side(name, bases))) if side is not None}
    if tables.has("clients", f"{name}.client_id"):
        sides["client_id"] = bases.each("clients", "client_id").select(_client="client_id", **{f"_{column}": column for column in _OF_CLIENT})
    if tables.has("users", f"{name}.owner_id"):
        sides["owner_id"] = bases.users.select(_user="user_id", _owner="owner", _team="team", _left="left_at", _robot="is_system")
    beside = {column for side in sides.values() for column in side.columns}
    for key, side in sides.items():
        table = table.left_join(side, [(key, side.columns[0])])
    own = {column: table[column] for column in kept}
    told = {column: own.get(column, ibis.null("string")) for column in (*_OF_CLIENT, "team", "source", "channel", "product", "is_repeat", "pipeline_id",
                                                                        "stage_id", "loss_reason")}
    told |= {column: told[column].cast("string") for column in (*_OF_CLIENT, "team")}
    told |= {column: ibis.coalesce(told[column], table[f"_{column}"]) for column in (*_OF_CLIENT, "team", "source", "channel", "product")
             if f"_{column}" in beside}
    if name == "deals":
        told["lead_created_at"] = table._made_at if "_made_at" in beside else ibis.null("timestamp(6)")
    told |= _who(table, own, "owner" in tables[name].columns, "_user" in beside, bases)
    return table.select(**{**own, **told, **_coded(told, "stage_id" in own, bases)})


def _who(table: ir.Table, own: dict[str, ir.Value], named: bool, known: bool, bases: Bases) -> dict[str, ir.Value]:
    """The seller's name, and whether nobody of that id works there any more; `named`: rows name sellers themselves, `known`: users are joined."""
    if known:
        gone = table._user.isnull() | (table._left < ibis.literal(bases.as_of)) | table._robot.fill_null(False)
        return {"owner": ibis.coalesce(table._owner, table.owner_id), "user_gone": gone.fill_null(False)}
    owner = ibis.coalesce(table.owner_id, own["owner"].cast("string")) if named else table.owner_id
    return {"owner": owner, "user_gone": table.owner_id.isnull()}


def _coded(told: dict[str, ir.Value], staged: bool, bases: Bases) -> dict[str, ir.Value]:
    """Short slice names; stages by their clean names."""
    repeat = told["is_repeat"]
    if repeat.type().is_boolean():
        repeat = ibis.cases((repeat, "repeat"), (~repeat, "new"))
    stage = bases.stages.label(told["pipeline_id"], told["stage_id"]) if staged else ibis.null("string")
    return {"pipeline": told["pipeline_id"], "stage": stage, "is_repeat": repeat.cast("string")}


def _lead_side(name: str, bases: Bases) -> ir.Table | None:
    """What deals take from the lead that they are made of."""
    if name != "deals" or not bases.tables.has("leads", "deals.lead_id"):
        return None
    return bases.each("leads", "lead_id").select(_lead="lead_id", _source="source", _channel="channel", _made_at="created_at")


def _line_side(name: str, bases: Bases) -> ir.Table | None:
    """The main product of a deal: its line worth most, the first by name among equals."""
    if name != "deals" or not bases.tables.has("deal_products.product"):
        return None
    lines = bases.full("deal_products")
    worth = ibis.coalesce(lines.quantity, 1.0) * ibis.coalesce(lines.price, 0.0)
    lines = lines.filter(lines.product.notnull()).mutate(worth=worth)
    place = ibis.row_number().over(group_by=lines.deal_id, order_by=[lines.worth.desc(), lines["product"]])
    main = lines.mutate(place=place)
    return main.filter(main.place == 0).select(_deal="deal_id", _product="product")


def told_beside(table: ir.Table, side: ir.Table, key: str, make: Callable[[ir.Table], dict[str, ir.Value]] = lambda _: {}) -> ir.Table:
    """`table` with what `side` says of each row, and with what `make` makes of both; the first column of `side` is its key, which is left out.

    All in one select: a drop and a mutate afterwards would each name every column of the table once more, to Ibis and to the engine.
    """
    other = side.columns[0]
    joined = table.left_join(side, [(key, other)])
    made = make(joined)
    return joined.select(*(joined[name] for name in joined.columns if name != other and name not in made), **made)


def is_settled(table: ir.Table) -> bool:
    """Whether the rows have a name of their own."""
    return isinstance(table.op(), ibis.expr.operations.PhysicalTable) and not isinstance(table.op(), _DERIVED)


def rooted(table: ir.Table, bases: Bases) -> ir.Table:
    """`settled` rows that many tables are made of: of many rows, slices are held as numbers where the engine can do so."""
    backend = bases.tables.backend
    if bases.small or not isinstance(backend, Duck):
        return settled(table, bases)
    return backend.listed(backend.create_table(ibis.util.gen_name("audit_base"), table, temp=True))


def settled(table: ir.Table, bases: Bases, light: bool = False) -> ir.Table:
    """The same rows under one name, so that queries on them compile fast and do not repeat joins.

    A temporary table where rows were joined, ranked or added up, or are few; else a view in a backend of our own; else
    the table itself. With `light`, joins are with short tables or of few rows alone: repeating them costs less than keeping many rows.
    """
    backend, name = bases.tables.backend, ibis.util.gen_name("audit_base")
    if is_settled(table):
        return table
    if bases.small or (not light and table.op().find(_COSTLY)):
        return backend.create_table(name, table, temp=True)
    if bases.tables.own:
        return backend.create_view(name, table)
    # a further join would be put into the same select, where what this one makes has no name yet
    return table.select(*table.columns) if isinstance(table.op(), ibis.expr.operations.JoinChain) else table
