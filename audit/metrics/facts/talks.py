"""Facts about contacts, calls, reviews and tagged techniques."""

from __future__ import annotations

from collections.abc import Callable

import ibis.expr.types as ir

from audit.metrics.bases import Bases
from audit.metrics.bases.shape import dated, yes
from audit.metrics.facts.row import row
from audit.metrics.rows.activities import steps
from audit.metrics.rows.knowledge.rollout import adopted
from audit.metrics.rows.knowledge.standing import agreement
from audit.metrics.rows.knowledge.tags import situations
from audit.metrics.rows.leads import touches
from audit.metrics.rows.quality import reviews


def _lead_actions(bases: Bases) -> bool:
    return bool(row(bases, bases.activities, n=(bases.activities.entity == "lead").sum())["n"])


def _of(bases: Bases, entity: str, column: str) -> bool:
    """The log holds actions of such units with this time: calls that belong to no deal say nothing of one."""
    if not bases.tables.has("activities.entity_id"):
        return False
    a = bases.activities
    return bool(row(bases, a, n=yes((a.entity == entity) & a.entity_id.notnull() & a[column].notnull()).sum())["n"])


def _planned_of_deals(bases: Bases) -> bool:
    return bases.tables.has("deals.next_activity_at") or _of(bases, "deal", "due_at")


def _planned_of_leads(bases: Bases) -> bool:
    return _of(bases, "lead", "due_at")


def _done_of_deals(bases: Bases) -> bool:
    return bases.tables.has("deals.last_activity_at") or _of(bases, "deal", "done_at")


def _signs_of_deals(bases: Bases) -> bool:
    """Something tells of an open deal whether it is worked on."""
    return bases.tables.has("deals.expected_close_on") or _planned_of_deals(bases) or _done_of_deals(bases)


def _lead_contacts(bases: Bases) -> bool:
    """The log holds attempts of people to reach leads."""
    return bool(row(bases, (t := bases.rows_of(touches.of_leads)), n=t.count())["n"])


def _lead_hours(bases: Bases) -> bool:
    """Leads come with the hour of their arrival: at most half have a mere date."""
    found = row(bases, bases.leads, n=bases.leads.created_at.count(), dated=yes(dated(bases.leads.created_at)).sum())
    return bool(found["n"]) and found["dated"] <= 0.5 * found["n"]


def _covered(bases: Bases, table: ir.Table, key: str, touched: Callable[[Bases], ir.Table]) -> bool:
    """Success is not had without contact: where it mostly is on record, a lost unit without one was not contacted."""
    side = bases.rows_of(touched)
    t = table.left_join(side, table[key] == side._unit)
    t = t.filter(t.created_at >= touches.log_begins(bases, side))
    found = row(bases, t, n=t.count(), reached=t._first.count())
    return bool(found["n"]) and found["reached"] >= bases.client.rules.covered_share * found["n"]


def _won_covered(bases: Bases) -> bool:
    return _covered(bases, bases.deals.filter(bases.deals.semantic == "won"), "deal_id", touches.of_deals)


def _converted_covered(bases: Bases) -> bool:
    return _covered(bases, bases.leads.filter(bases.leads.is_converted), "lead_id", touches.of_leads)


def _incoming_calls(bases: Bases) -> bool:
    return bool(row(bases, bases.activities, n=(bases.activities.kind == "call_in").sum())["n"])


def _reviewed(chosen: Callable[[ir.Table, Bases], ir.BooleanValue]) -> Callable[[Bases], bool]:
    """Something was reviewed that `chosen` picks."""

    def known(bases: Bases) -> bool:
        t = bases.rows_of(reviews.units)
        return bool(row(bases, t, n=yes(chosen(t, bases)).sum())["n"])

    return known


def _two_reviewers(bases: Bases) -> bool:
    t = bases.rows_of(reviews.things)
    return bool(row(bases, t, n=yes(t.reviewers >= 2).sum())["n"])


def _script_reviewed(bases: Bases) -> bool:
    """Conversations or letters were reviewed at random by a checklist that asks about the script."""
    if not bases.tables.has(*reviews.RANDOM[:4]):
        return False
    t = bases.rows_of(reviews.scripted)
    return bool(row(bases, t, n=t.count())["n"])


def _model_reviews(bases: Bases) -> bool:
    """Some thing was scored by a person and by a model."""
    t = bases.rows_of(reviews.scored)
    both = t.group_by("unit").agg(kinds=yes(reviews.by_model(t, bases)).nunique())
    return bool(row(bases, both, n=yes(both.kinds > 1).sum())["n"])


def _versions_bridged(bases: Bases) -> bool:
    """Some thing was scored by two versions of a checklist."""
    return bool(len(bases.rows_of(reviews.bridged)))


def _reviewed_calls(bases: Bases) -> bool:
    """Reviews name calls that are on record, and these belong to deals."""
    if not bases.tables.has("activities.entity_id", "activities.entity", "qa_reviews.object_id"):
        return False
    t = bases.rows_of(reviews.calls)
    return bool(row(bases, t, n=yes(t.entity == "deal").sum())["n"])


def _measured_reviews(bases: Bases) -> bool:
    """Reviews name calls of which the log tells the length."""
    if bases.lacks("qa_reviews.object_id", "qa_reviews.sampling=random", "activities.kind", "activities.duration_s"):
        return False
    t = bases.rows_of(reviews.calls)
    return bool(row(bases, t, n=t.seconds.count())["n"])


def _tags_of_lost(bases: Bases) -> bool:
    """Success can be told of techniques only where conversations that led to nothing are tagged too."""
    if not bases.tables.has("technique_tags.at", "technique_tags.deal_id", "kb_items.kb_id", "deals.semantic"):
        return False
    t = bases.rows_of(situations)
    return bool(row(bases, t, n=(t.deal_semantic == "lost").sum())["n"])


def _tags_unused(bases: Bases) -> bool:
    """Where only uses are tagged, how often a technique was passed over is not known."""
    if not bases.tables.has("technique_tags.at", "kb_items.kb_id", "technique_tags.is_used|technique_tags.confidence"):
        return False
    t = bases.rows_of(situations)
    return bool(row(bases, t, n=((t.called == 1) & (t.used == 0)).sum())["n"])


def _tagged_twice(bases: Bases) -> bool:
    return bool(len(bases.rows_of(agreement)))


def _taken_up(bases: Bases) -> bool:
    """Some seller has taken a technique up at a day that is known."""
    if not bases.tables.has("technique_tags.at", "technique_tags.user_id", "kb_items.kb_id"):
        return False
    return bool(bases.rows_of(adopted)["at"].notna().any())


def _kb_map(bases: Bases) -> bool:
    """What the knowledge base must cover is told by the client, else by the stages."""
    return bool(bases.client.rules.kb_map) or bases.tables.has("stages.ord")


FACTS: dict[str, Callable[[Bases], bool]] = {
    "activities of leads": _lead_actions,
    "planned actions of deals": _planned_of_deals,
    "planned actions of leads": _planned_of_leads,
    "done actions of deals": _done_of_deals,
    "signs of open deals": _signs_of_deals,
    "contacts of leads": _lead_contacts,
    "hours of leads": _lead_hours,
    "incoming calls": _incoming_calls,
    "pairs of activities": steps.has_pairs,
    "contacts of won deals": _won_covered,
    "contacts of converted leads": _converted_covered,
    "technique_tags of lost deals": _tags_of_lost,
    "technique_tags without use": _tags_unused,
    "technique_tags tagged twice": _tagged_twice,
    "technique_tags of sellers who took one up": _taken_up,
    "map of the knowledge base": _kb_map,
    "qa_reviews.sampling=random": _reviewed(reviews.talks),
    "qa_reviews.sampling=targeted": _reviewed(reviews.targeted),
    "qa_reviews.object=deal": _reviewed(reviews.handled),
    "qa_reviews.object=lead": _reviewed(reviews.rechecked),
    "qa_reviews of two reviewers": _two_reviewers,
    "qa_reviews of a model": _model_reviews,
    "qa_reviews about the script": _script_reviewed,
    "qa_reviews by two versions": _versions_bridged,
    "activities of reviews": _reviewed_calls,
    "lengths of reviewed calls": _measured_reviews,
}
