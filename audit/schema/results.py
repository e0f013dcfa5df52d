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

OK, TOO_FEW, PROVISIONAL, INCOMPLETE = "ok", "too_few", "provisional", "incomplete_period"
NOT_MEASURABLE = "not_measurable: lacks "
