"""The result tables of each step and the closed vocabularies of their columns."""

from audit.schema.model import Table, table

PERIODS = ("all", "year", "quarter", "month", "week", "day")
BASES = ("cohort", "period", "closing", "snapshot")

# one row a metric × period × group; an additive metric keeps its sums, so that later steps need no rows
VALUES: Table = table(
    "values", "one row a metric, period, basis and group", "metric period period_start basis by group",
    "metric category! – id of the metric", "period category! all|year|quarter|month|week|day – grain of the period",
    "period_start date – first day", "period_end date – day after the last",
    "basis category cohort|period|closing|snapshot – what the period dates",
    "by category! – slice dimension(s), '' for the whole, 'a×b' for two", "group category! – label(s) of the slice, '' for the whole",
    "value number – the value in the metric's unit", "low number – lower end of the interval, of 95 % unless the metric declares another level", "high number – upper end",
    "n int – units behind the value", "sum_num number – Σ numerator", "sum_den number – Σ denominator",
    "sum_num2 number – Σ numerator²", "sum_numden number – Σ numerator × denominator", "sum_den2 number – Σ denominator²",
    "status category! – ok, too_few, provisional, incomplete_period or 'not_measurable: lacks <table>'",
)

# one row a place of a text where a technique is heard
TAGS: Table = table(
    "tags", "one row a place of a text where a technique is heard", "text_id technique start",
    "text_id id! – text it stands in", "technique category! – id of the card", "start int! – first character", "end int! – character after the last",
    "quote text! – the words", "speaker category seller|client – who says them; empty = not known",
    "tagged_by category! human|rule|model – by what", "confidence share! – how sure",
)

OK, TOO_FEW, PROVISIONAL, INCOMPLETE = "ok", "too_few", "provisional", "incomplete_period"
NOT_MEASURABLE = "not_measurable: lacks "
