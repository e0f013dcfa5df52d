"""The pages of the monthly re-measurement: before and after of every agreed change, their money, the progress of the plan."""
