"""What a technique card says: names, meaning, when it applies, how it sounds in each language, whose it is."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError

from audit.knowledge.pattern import parse

Kind = Literal["technique", "placebo", "occasion"]
Status = Literal["draft", "candidate", "proven", "retired"]
Speaker = Literal["seller", "client", "any"]
Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
Text = Annotated[str, Field(min_length=1, max_length=1_000)]
LANGUAGES = ("ru", "en", "bg")


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Told(_Part):
    """A text in the languages it has been written in; an own card needs only one."""

    ru: Text | None = None
    en: Text | None = None
    bg: Text | None = None

    @model_validator(mode="after")
    def _some(self) -> Told:
        if not (self.ru or self.en or self.bg):
            raise PydanticCustomError("no_language", "no language")
        return self


class Pattern(_Part):
    """One way a technique sounds in `lang`; `negated` tells whether it counts behind 'not', too."""

    words: Text
    negated: bool = False
    lang: Literal["ru", "en", "bg"]

    @model_validator(mode="after")
    def _readable(self) -> Pattern:
        parse(self.words, self.lang)
        return self


class Spoken(_Part):
    """Patterns by language. A plain line is a pattern that does not count when negated."""

    ru: tuple[Pattern, ...] = ()
    en: tuple[Pattern, ...] = ()
    bg: tuple[Pattern, ...] = ()

    @field_validator("ru", "en", "bg", mode="before")
    @classmethod
    def _lines(cls, given: object, info: ValidationInfo) -> object:
        if not isinstance(given, list | tuple):
            return given
        wrapped = ({"words": one} if isinstance(one, str) else one for one in given)
        return [{**one, "lang": info.field_name} if isinstance(one, dict) else one for one in wrapped]

    def __bool__(self) -> bool:
        return bool(self.ru or self.en or self.bg)


class Lines(_Part):
    """Sentences by language."""

    ru: tuple[Text, ...] = ()
    en: tuple[Text, ...] = ()
    bg: tuple[Text, ...] = ()


class Opportunity(_Part):
    """When a technique is called for: on `occasions` (ids of such cards), at `stages` of the deal, or when the `speaker` says one of
    `patterns`. All empty: always, in every conversation.
    """

    occasions: tuple[Id, ...] = ()
    stages: tuple[Text, ...] = ()
    patterns: Spoken = Spoken()
    speaker: Speaker = "client"

    @property
    def always(self) -> bool:
        """Whether every conversation calls for it."""
        return not (self.occasions or self.stages or self.patterns)


class Card(_Part):
    """One technique, one placebo (words that cannot help a sale and show when the counting errs) or one occasion (what a client says that
    calls for techniques).

    `confidence` (above 0, to 1) is what the author gives a tag of this card before people have checked a sample.
    """

    id: Id
    kind: Kind = "technique"
    names: Told
    what: Told
    why: Told
    stage: Literal["contact", "needs", "presentation", "price", "proposal", "objections", "closing", "follow_up", "payment", "any"]
    opportunity: Opportunity = Opportunity()
    speaker: Speaker = "seller"
    status: Status = "draft"
    owner: Text
    version: int = Field(ge=1)
    confidence: float = Field(default=0.9, gt=0, le=1)
    patterns: Spoken
    examples: Lines = Lines()
    counter_examples: Lines = Lines()

    @field_validator("opportunity", mode="before")
    @classmethod
    def _always(cls, given: object) -> object:
        return {} if given == "always" else given

    @field_validator("patterns")
    @classmethod
    def _some(cls, given: Spoken) -> Spoken:
        if not given:
            raise PydanticCustomError("no_language", "no language")
        return given
