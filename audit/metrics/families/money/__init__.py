"""Money: what is expected, comes in and is owed: M35–M39."""

from audit.metrics.families.money import hot, money, payments, unpaid

FAMILIES = (money, payments, unpaid, hot)
