"""Text columns to typed columns, a column at a time."""

from audit.intake.parse.contacts import parse_domain, parse_email
from audit.intake.parse.dates import DateStyle, date_style, parse_dates
from audit.intake.parse.numbers import NumberStyle, number_style, parse_numbers
from audit.intake.parse.phones import parse_phone
from audit.intake.parse.plain import (
           Parsed,
           parse_bool,
           parse_duration,
           parse_id,
           parse_tax_id,
           parse_text,
           salesforce_id,
)

__all__ = ["DateStyle", "NumberStyle", "Parsed", "date_style", "number_style", "parse_bool", "parse_dates", "parse_domain", "parse_duration", "parse_email",
           "parse_id", "parse_numbers", "parse_phone", "parse_tax_id", "parse_text", "salesforce_id"]
