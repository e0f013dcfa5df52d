"""How a finding is told: its slice, its metric, its figures in their unit."""

from __future__ import annotations

from audit.words import Words


def sliced(finding: dict, words: Words | None = None) -> str:
    """The slice in one line: labels joined by ×; the whole department when there is none."""
    text = " × ".join(finding["slice"].values())
    return text or (words("zones.whole") if words else "")


def metric_name(metric: str, words: Words) -> str:
    """What a metric is called: shortly where zones have a word of their own, else its title in the catalogue."""
    return words(f"zones.metric.{metric}" if words.has(f"zones.metric.{metric}") else f"metrics.{metric}.title")


def shown(value: float | None, unit: str, words: Words, currency: str, *, signed: bool = False) -> str:
    """A value in the metric's unit."""
    if unit == "share":
        return words.points(value, 1) if signed else words.share(value)
    if unit == "money":
        return words.money(value, currency, signed=signed)
    if unit == "days":
        return words("zones.days", value=words.number(value, 1, signed=signed))
    return words.number(value, 1, signed=signed)


def cells(finding: dict, words: Words, currency: str) -> list[str]:
    """One table row: slice, metric, n, value, peers, gap with interval, gain with interval."""
    def in_unit(name: str, signed: bool = False) -> str:
        return shown(finding[name], finding["unit"], words, currency, signed=signed)

    gain = "–"
    if finding["gain_per_month"] is not None:
        ends = words.between(words.money(finding["gain_low"], currency), words.money(finding["gain_high"], currency))
        gain = f"{words.money(finding['gain_per_month'], currency)} ({ends})"
    return [
        sliced(finding, words), metric_name(finding["metric"], words), words.number(finding["n"]),
        in_unit("value"), in_unit("benchmark"),
        f"{in_unit('gap', True)} ({words.between(in_unit('low', True), in_unit('high', True))})", gain,
    ]
