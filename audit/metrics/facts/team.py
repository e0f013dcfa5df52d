"""Facts about meetings, surveys, development and output of people."""

from __future__ import annotations

from collections.abc import Callable

import ibis

from audit.metrics.bases import Bases, frames, people
from audit.metrics.bases.shape import yes
from audit.metrics.declare.rules import rules
from audit.metrics.facts.row import row
from audit.metrics.rows.activities import output
from audit.metrics.rows.management import logs
from audit.metrics.rows.people import answers


def _meetings(kind: str) -> Callable[[Bases], bool]:
    def fact(bases: Bases) -> bool:
        """A meeting of this kind was planned or held."""
        return bool((bases.rows_of(logs.meetings)["kind"] == kind).any())

    return fact


def _remote(bases: Bases) -> bool:
    """Some stand-up was held out of one room."""
    frame = bases.rows_of(logs.meetings)
    return bool((frame["held_at"].notna() & (frame["kind"] == "standup") & frame["format"].isin(["video", "chat"])).any())


def _skill_causes(bases: Bases) -> bool:
    """Some deviation has a cause that training mends."""
    return bool(frames.says(bases.rows_of(logs.deviations)["cause"], rules()["skill_cause"]).any())


def _norm_control(bases: Bases) -> bool:
    """Time went on what the method has a norm for."""
    return bool(bases.rows_of(logs.control_time)["kind"].isin(["base_revision", "call_listening"]).any())


def _reports(bases: Bases) -> bool:
    """Sellers noted the time of their reports, or told it in a survey."""
    return bool(len(bases.rows_of(logs.reports_by_hand))) or logs.asked(bases, "report_minutes")


def _question(name: str) -> Callable[[Bases], bool]:
    def fact(bases: Bases) -> bool:
        """A survey asked it."""
        return logs.asked(bases, name)

    return fact


def _asked(column: str) -> Callable[[Bases], bool]:
    """A survey has such questions."""

    def known(bases: Bases) -> bool:
        return bool(bases.rows_of(answers.asked)[column].any())

    return known


def _micro(bases: Bases) -> bool:
    t = bases.full("dev_items")
    return bool(row(bases, t, n=yes((t.kind == "micro") & (t.done_at <= ibis.literal(bases.as_of))).sum())["n"])


def _newcomers(bases: Bases) -> bool:
    """Somebody was hired since the deals begin."""
    return any(day is not None and day >= bases.first_day for day in bases.rows_of(people.staff)["hired_at"])


def _output_known(bases: Bases) -> bool:
    """Enough sellers with enough months for thirds."""
    return len(bases.rows_of(output.terciles)) > 0


def _year_known(bases: Bases) -> bool:
    return len(bases.rows_of(output.lifts)) > 0


def _output_of_people(bases: Bases) -> bool:
    return sum(len(own) >= output.LEAST for own in bases.rows_of(output.months).values()) >= output.FEWEST


FACTS: dict[str, Callable[[Bases], bool]] = {
    "meetings.kind=standup": _meetings("standup"),
    "meetings.kind=rollcall": _meetings("rollcall"),
    "meetings.format=remote": _remote,
    "deviations.cause=skill": _skill_causes,
    "control_log.kind=base_revision or call_listening": _norm_control,
    "minutes of reports": _reports,
    "surveys.question=plan_gap_known": _question("plan_gap_known"),
    "surveys.question=tools_used": _question("tools_used"),
    "surveys.question=report_forms": _question("report_forms"),
    "surveys.question=figures_automatic": _question("figures_automatic"),
    "surveys.question_id=enps": _asked("is_enps"),
    "surveys.question_id=pulse": _asked("is_pulse"),
    "dev_items.kind=micro": _micro,
    "users.hired_at=newcomers": _newcomers,
    "users.left_at=output known": _output_known,
    "users of a year's output": _year_known,
    "users of known output": _output_of_people,
}
