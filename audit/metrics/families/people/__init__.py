"""People: competences, motivation, growth, who comes and goes: M57, M59–M65."""

from audit.metrics.families.people import competence, development, motivation, portrait, ramp, training, turnover

FAMILIES = (competence, development, motivation, portrait, ramp, training, turnover)
