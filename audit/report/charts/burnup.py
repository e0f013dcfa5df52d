"""Plan and fact burning up over the months or days of a plan, the incomplete month dashed, the gap named."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import NamedTuple

from audit.report.charts.style import HALF, SMALL, Picture, bare, drawing, line, picture, text_width
from audit.report.theme import GREY, INK, WARN, Theme


class Period(NamedTuple):
    """One month or day: its first day, plan, fact (not a number where it is still to come), and whether it is over."""

    start: date
    plan: float
    fact: float
    complete: bool = True


def burnup(
    rows: Sequence[Period], theme: Theme, tick: Callable[[float], str], month: Callable[[date], str], *,
    plan_name: str, fact_name: str, gap: str, width: int = HALF, height: int = 250,
    named: tuple[str, str] = ("", ""),
) -> Picture:
    """Cumulative lines from zero; `gap` is written at the last complete month or day."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    with drawing(width, height) as (figure, axes):
        plan, fact = [0.0], [0.0]
        for row in rows:
            plan.append(plan[-1] + row.plan)
            fact.append(fact[-1] + row.fact)
        at = list(range(len(rows) + 1))
        done = sum(row.complete for row in rows)
        line(axes, at, plan, color=GREY, lw=1.2, ls=(0, (4, 2)))
        line(axes, at[: done + 1], fact[: done + 1], color=theme.accent, lw=2)
        axes.plot(at[done:], fact[done:], color=theme.accent, lw=1.2, ls=(0, (1.5, 2)))
        if rows:
            behind = fact[done] < plan[done]
            axes.plot([done, done], [fact[done], plan[done]], color=WARN if behind else theme.accent, lw=1.5)
            axes.plot([done], [fact[done]], "o", ms=5, color=theme.accent)
            axes.annotate(gap, (done, max(plan[done], fact[done])), (-10, 4), textcoords="offset points", ha="right", va="bottom",
                          color=WARN if behind else INK, fontweight="bold")
            half = max(1, min(len(rows) // 2, done))
            over, under = (plan, fact) if behind else (fact, plan)
            names = (plan_name, fact_name) if behind else (fact_name, plan_name)
            for path, name, lift in ((over, names[0], 8), (under, names[1], -18)):
                axes.annotate(name, (half, path[half]), (-6 if lift > 0 else 6, lift), textcoords="offset points", fontsize=SMALL,
                              ha="right" if lift > 0 else "left", color=theme.accent if name == fact_name else GREY)
        axes.set_ylim(0, max(*plan, *(x for x in fact if x == x)) * 1.12 or 1)
        axes.set_xlim(0, len(rows) + 0.15)
        bare(axes, grid="y")
        axes.spines["bottom"].set_visible(True)
        axes.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: tick(value)))
        step = max(1, -(-len(rows) // 6))
        chosen = list(range(len(rows), 0, -step))[::-1]
        axes.set_xticks(chosen, [month(rows[i - 1].start) for i in chosen])
        low, high = axes.get_ylim()
        shown = [tick(v) for v in axes.get_yticks() if low <= v <= high]
        figure.subplots_adjust(left=(text_width(figure, shown, SMALL) + 10) / width, right=0.97, top=0.97, bottom=26 / height)
        return picture(figure, width, height, named)
