"""Sentences of the catalogue as escaped HTML."""

from __future__ import annotations

import re
from datetime import date

from markupsafe import Markup, escape

from audit.words import Words

BOLD = re.compile(r"\*\*(.+?)\*\*")


class Say:
    """Texts of one language with values set in: values are escaped and isolated, `**…**` is set bold.

    >>> Say(Words("en"))("report.cover.as_of", date="<b>31 October</b>")
    Markup('as of &lt;b&gt;31 October&lt;/b&gt;')
    """

    def __init__(self, words: Words):
        self.words = words

    def __call__(self, key: str, /, **values: object) -> Markup:
        """The text of `key`; `n` chooses the plural form."""
        slots = {name: f"\ue000{name}\ue001" for name in values if name != "n"}
        if "n" in values:
            slots["n"] = values["n"]  # type: ignore[assignment]
        text = BOLD.sub(r"<b>\1</b>", str(escape(self.words(key, **slots) if slots else self.words(key))))
        for name, value in values.items():
            slot, shown = f"\ue000{name}\ue001", str(escape(value))
            # the full stop of an abbreviation such as «п. п.» ends the sentence too, and so do the dots of a text that was cut
            text = (text.replace(f"{slot}.", slot) if shown.endswith((".", "…")) else text).replace(slot, shown)
        return Markup(text)

    def plain(self, key: str, /, **values: object) -> str:
        """The same as plain text, for alternative texts and pictures."""
        return re.sub(r"\s+", " ", BOLD.sub(r"\1", self.words(key, **values) if values else self.words(key))).strip()

    def day(self, day: date | None) -> str:
        """A date in words."""
        return self.words.date(day) if day else "–"
