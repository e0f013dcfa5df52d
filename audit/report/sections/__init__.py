"""The sections in the order of the argument: where we are, what it costs, what first, how we will know, what cannot be said."""

from collections.abc import Callable

from audit.report.block import Block
from audit.report.sections.effects import effects
from audit.report.sections.glossary import glossary
from audit.report.sections.limits import limits
from audit.report.sections.measure import measure
from audit.report.sections.memo import memo
from audit.report.sections.methods import methods
from audit.report.sections.notes import notes
from audit.report.sections.passport import passport
from audit.report.sections.people import people
from audit.report.sections.plan import plan
from audit.report.sections.state import state
from audit.report.sections.statements import statements
from audit.report.sections.summary import summary
from audit.report.sections.techniques import techniques
from audit.report.sections.zones import zones

SECTIONS: tuple[tuple[str, Callable[..., Block]], ...] = (
    ("summary", summary),
    ("state", state),
    ("zones", zones),
    ("plan", plan),
    ("measure", measure),
    ("effects", effects),
    ("people", people),
    ("techniques", techniques),
    ("notes", notes),
    ("passport", passport),
    ("limits", limits),
    ("methods", methods),
    ("glossary", glossary),
    ("statements", statements),
    ("memo", memo),
)
BY_NAME = dict(SECTIONS)
