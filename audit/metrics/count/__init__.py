"""How rows become VALUES: sums of every slice and period, their intervals and statuses."""
