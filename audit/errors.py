"""The one kind of error a user sees: what was found, where, and what to do next."""

from dataclasses import dataclass, field

from audit.words import Words, default_language

USAGE, UNREADABLE, NEEDS_ANSWER, NOTHING_MEASURABLE, WORKSPACE, NOTEBOOK = 2, 10, 11, 12, 13, 14


@dataclass(frozen=True)
class Phrase:
    """A part of a message that is worded once the language is known: a catalogue key and what fills it in."""

    key: str
    values: dict = field(default_factory=dict)

    def told(self, words: Words) -> str:
        """The text in the language of `words`."""
        return words(self.key, **{name: _worded(value, words) for name, value in self.values.items()})

    def __str__(self) -> str:
        return self.told(Words(default_language()))


def _worded(value: object, words: Words) -> object:
    """A value as a message shows it; several phrases become one list."""
    if isinstance(value, Phrase):
        return value.told(words)
    if isinstance(value, tuple) and value and all(isinstance(item, Phrase) for item in value):
        return "; ".join(item.told(words) for item in value)
    return value


class AuditError(Exception):
    """A user's mistake or a fact of the data, told in three parts and without a traceback.

    `key` names a catalogue entry with the parts `found`, `where` and `next`; `values` fill it in (a `Phrase`, or a
    tuple of them, is worded in the same language).
    `code` is the exit code of the command (see the class attributes below).

    >>> print(UsageError("errors.unknown_name", kind="metric", name="win_rat", nearest="win_rate").told("en"))
    Found: there is no metric “win_rat”; the nearest known is: win_rate.
    Where: the name you gave.
    Next: use one of the known names.
    """

    code = USAGE

    def __init__(self, key: str, **values: object):
        super().__init__(key, values)
        self.key, self.values = key, values

    def parts(self, lang: str = "en") -> tuple[str, str, str]:
        """(found against needed, where, next step) in `lang`."""
        words = Words(lang)
        values = {name: _worded(value, words) for name, value in self.values.items()}
        found, where, step = (words(f"{self.key}.{part}", **values) for part in ("found", "where", "next"))
        return found, where, step

    def told(self, lang: str = "en") -> str:
        """The three parts as three labelled lines."""
        words = Words(lang)
        return "\n".join(
            f"{words('errors.label.' + name)}: {part}"
            for name, part in zip(("found", "where", "next"), self.parts(lang), strict=True)
        )

    def __str__(self) -> str:
        return self.told(default_language())

    def __reduce__(self) -> tuple:
        return _rebuild, (type(self), self.key, self.values)


def _rebuild(kind: type[AuditError], key: str, values: dict) -> AuditError:
    return kind(key, **values)


class UsageError(AuditError):
    """Wrong use of a command, a function or client.yml."""

    code = USAGE


class UnreadableError(AuditError):
    """An input file cannot be read as a table."""

    code = UNREADABLE


class NeedsAnswerError(AuditError):
    """The mapping has questions that only the consultant can answer."""

    code = NEEDS_ANSWER


class NothingMeasurableError(AuditError):
    """The tables at hand allow no metric that was asked for."""

    code = NOTHING_MEASURABLE


class WorkspaceError(AuditError):
    """The workspace is locked, damaged or not a workspace."""

    code = WORKSPACE


class NotebookError(AuditError):
    """A notebook of the run failed."""

    code = NOTEBOOK


class ClientFailedError(AuditError):
    """The command of a client, or of some clients of a portfolio, did not end well; what it says names the place that tells why."""

    code = NOTEBOOK


def nearest(name: str, known: list[str] | tuple[str, ...], n: int = 3) -> str:
    """The known names closest to `name`, for 'did you mean' parts of errors; where none is close, the least far first.

    >>> nearest("win_rat", ["win_rate", "avg_check"]), nearest("Chanel!", ["age", "Channel"]), nearest("regio_of_client", ["abc", "owner", "region"], 1)
    ('win_rate', 'Channel', 'region')
    """
    from difflib import SequenceMatcher

    like = {one: SequenceMatcher(None, str(one).casefold(), str(name).casefold()).ratio() for one in known}
    ranked = sorted(like, key=lambda one: (-like[one], one))
    return ", ".join([one for one in ranked if like[one] >= 0.5][:n] or ranked[:n])
