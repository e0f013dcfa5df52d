"""nbconvert exporters: an executed notebook becomes a page of ours, through the sanitiser and the delivery gate."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import re
from itertools import count
from typing import Any

from markupsafe import Markup, escape
from traitlets import default

from audit.errors import NotebookError
from audit.privacy import clean
from audit.report.gate import guarded
from audit.report.lean import lean_imports
from audit.report.markup import el, items
from audit.report.sanitize import relevelled, safe_html, safe_markdown
from audit.report.theme import css_string, page_style, running_heads
from audit.share import share
from audit.words import LANGUAGES, Words

with lean_imports():
    from nbconvert.exporters import TemplateExporter

TITLE_CELL = re.compile(r"\s*# \S")
HEADING = re.compile(r'<h2[^>]*\bid="([^"]+)"[^>]*>(.*?)</h2>', re.S)
MEMO, MEMO_ONLY, SLIDES, SLIDES_ONLY, REMEASURE, STANDUP = "memo", "memo_only", "slides", "slides_only", "remeasure", "standup"
SLIDE = re.compile(r'<section class="slide\b')
NAV_MARK = "\ue000nav\ue001"


class AuditExporter(TemplateExporter):
    """What both pages share; a subclass says which cells belong to it.

    The facts of the page (language, client, headline, colour) come with the metadata of the first section's
    output. Nothing of the notebook's own metadata, inputs, streams or plain-text outputs reaches the page.
    """

    output_mimetype = "text/html"
    page_name = "defence"
    sheets: tuple[str, ...] = ("sections.css", "page.css")  # what its style is made of, before its own
    kind = "kind"  # what the cover calls the page
    links: frozenset[str] = frozenset()  # files beside the page that it may lead to
    hidden_names: tuple[str, ...] | None = None  # names of people that must not appear; None: those of the notebook's workspace

    @default("file_extension")
    def _html(self) -> str:
        return ".html"

    @default("template_name")
    def _our_template(self) -> str:
        return self.page_name

    @default("extra_template_basedirs")
    def _our_templates(self) -> list[str]:
        return [str(share("templates"))]  # in a checkout and in an installed package

    @default("extra_template_paths")
    def _our_folder(self) -> list[str]:
        return [str(share("templates"))]  # so that one template may extend another

    def default_filters(self):
        """nbconvert's filters and ours."""
        yield from super().default_filters()
        yield from (("audit_html", self._safe), ("audit_markdown", _markdown), ("audit_picture", self._picture))

    def wanted(self, tags: set[str]) -> bool:
        """Whether a cell with `tags` belongs to this page."""
        return not tags & {MEMO_ONLY, SLIDES_ONLY}

    def from_notebook_node(self, nb, resources=None, **kw: Any):
        """The page and its resources. NotebookError when a cell of the notebook failed."""
        kept = nb.copy()
        kept.cells = [cell for cell in nb.cells if self.wanted(set(cell.metadata.get("tags", []))) and not _own_title(cell)]
        _refuse_errors(kept, (resources or {}).get("metadata", {}).get("name", ""))
        facts = _facts(nb)
        self._heading, self._words = facts["title"], Words(facts["lang"])
        page = {**facts, **self._dressed(facts), "name": self.page_name, "nav": NAV_MARK}
        body, resources = super().from_notebook_node(kept, {**(resources or {}), "page": page}, **kw)
        body = self.arranged(body, page["text"]["contents"])
        hidden = self._hidden(nb, resources) if self.hidden_names is None else self.hidden_names
        return guarded(_single_ids(body), hidden), resources

    def arranged(self, body: str, label: str) -> str:
        """The page with its table of contents, called `label`, in its place."""
        return body.replace(NAV_MARK, _contents(body, label), 1)

    def _hidden(self, nb: Any, resources: Any) -> tuple[str, ...]:
        """Names of the workspace that the notebook ran in; without one a warning that only patterns are masked."""
        from audit.report.hidden import hidden_names, workspace_of

        workspace = workspace_of(nb, (resources or {}).get("metadata", {}).get("path", ""))
        if workspace is None:
            self.log.warning(self._words("report.names_unknown"))
            return ()
        return tuple(hidden_names(workspace))

    def _dressed(self, facts: dict[str, Any]) -> dict[str, Any]:
        """Texts of the frame and the style, in the page's language."""
        words = Words(facts["lang"])
        names = {name: words(f"report.cover.{name}") for name in ("confidential", "contents", "skip", "footer")}
        names |= {"kind": words(f"report.cover.{self.kind}"), "as_of": words("report.cover.as_of", date=facts["date"])}
        running = words("report.cover.running", client=facts["client"], date=facts["date"])
        style = page_style(facts["accent"], [*self.sheets, f"{self.page_name}/page.css"], self.heads(running, names["confidential"], words))
        return {"text": names, "style": Markup(style), **self.script()}

    def heads(self, running: str, confidential: str, words: Words) -> str:
        """The style of what stands on every sheet of paper."""
        return running_heads(running, confidential, words("report.cover.page_of", page="{page}", pages="{pages}"))

    def script(self) -> dict[str, Any]:
        """The page's one script and the hash under which the policy lets it run; nothing for a page without."""
        return {}

    def _safe(self, html: Any) -> Markup:
        return Markup(safe_html("".join(html), self.links))

    def _picture(self, output: Any, kind: str) -> Markup:
        """A picture output as inert data, with the alternative text of its metadata or its place."""
        data = output["data"][kind]
        raw = "".join(data).encode() if kind == "image/svg+xml" else base64.b64decode("".join(data))
        uri = f"data:{kind};base64,{base64.b64encode(raw).decode()}"
        metadata = output.get("metadata", {})
        alt = metadata.get("alt") or metadata.get(kind, {}).get("alt") or self._words("report.cover.picture", heading=self._heading)
        return Markup(safe_html(f'<figure><img src="{uri}" alt="{escape(clean(alt))}"></figure>'))

    def _create_environment(self):
        environment = super()._create_environment()
        environment.autoescape = True
        return environment


class DefenceExporter(AuditExporter):
    """`--to audit_defence`: the whole report."""

    export_from_notebook = "audit defence"


class MemoExporter(AuditExporter):
    """`--to audit_memo`: one page, from the cells tagged `memo`."""

    export_from_notebook = "audit memo"
    page_name = MEMO
    kind = "memo_kind"

    def wanted(self, tags: set[str]) -> bool:
        """Only what is tagged for the memo."""
        return bool(tags & {MEMO, MEMO_ONLY})

    def arranged(self, body: str, label: str) -> str:
        """One sheet needs no contents."""
        return body.replace(NAV_MARK, "", 1)


class SlidesExporter(AuditExporter):
    """`--to audit_slides`: the deck, from the cells tagged `slides`; the only page with a script, which is the template's own."""

    export_from_notebook = "audit slides"
    page_name, kind = SLIDES, "slides_kind"
    sheets = ("sections.css",)

    def wanted(self, tags: set[str]) -> bool:
        """Only what is tagged for the deck."""
        return bool(tags & {SLIDES, SLIDES_ONLY})

    def arranged(self, body: str, label: str) -> str:
        """Every slide under its number, so that an address may end with it."""
        numbers = count(1)
        body = SLIDE.sub(lambda found: found[0].replace("<section", f'<section id="{next(numbers)}"'), body)
        return body.replace(NAV_MARK, str(next(numbers) - 1), 1)

    def heads(self, running: str, confidential: str, words: Words) -> str:
        """The foot of a slide."""
        return f".sheet::after{{content:{css_string(f'{running} · {confidential}'[:140])}}}"

    def script(self) -> dict[str, Any]:
        """The keys of the deck."""
        code = (share("templates") / "slides" / "deck.js").read_text(encoding="utf-8")
        digest = base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()
        return {"script": Markup(code), "script_hash": f"sha256-{digest}"}


class RemeasureExporter(AuditExporter):
    """`--to audit_remeasure`: the sections of a re-measured month; pictures and frames of the notebook's own stay in it."""

    export_from_notebook = "audit remeasure"
    page_name, kind = REMEASURE, "remeasure_kind"

    def wanted(self, tags: set[str]) -> bool:
        """Only what is tagged for the page."""
        return REMEASURE in tags


class StandUpExporter(AuditExporter):
    """`--to audit_standup`: the sections of a daily pack."""

    export_from_notebook = "audit standup"
    page_name, kind = STANDUP, "standup_kind"

    def _dressed(self, facts: dict[str, Any]) -> dict[str, Any]:
        """The data are those of an evening before the day in the title."""
        dressed, known = super()._dressed(facts), re.fullmatch(r"\d{4}-\d\d-\d\d", str(facts["as_of"]))
        if known:
            words = Words(facts["lang"])
            dressed["text"]["as_of"] = words("report.cover.as_of", date=words.date(dt.date.fromisoformat(known[0])))
        return dressed

    def wanted(self, tags: set[str]) -> bool:
        """Only what is tagged for the page."""
        return STANDUP in tags


def _contents(body: str, label: str) -> Markup:
    """The table of contents: a link to every heading of level 2."""
    found = [(anchor, Markup(re.sub(r"<[^>]+>", "", text))) for anchor, text in HEADING.findall(body)]
    links = [el("a", text, href=f"#{anchor}") for anchor, text in found]
    return el("nav", el("details", el("summary", label), items(links, ordered=True)), aria_label=label)


def _markdown(text: Any, top: int = 3) -> Markup:
    return Markup(relevelled(safe_markdown("".join(text)), top))


def _own_title(cell: Any) -> bool:
    """A markdown cell that opens with a level-1 heading is the notebook's own title, not the report's."""
    return cell.cell_type == "markdown" and bool(TITLE_CELL.match(cell.source))


def _refuse_errors(nb: Any, name: str) -> None:
    for at, cell in enumerate(nb.cells, start=1):
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                raise NotebookError("report.failed_cell", path=name or "–", cell=at, problem=f"{output.ename}: {output.evalue}"[:300])


def _facts(nb: Any) -> dict[str, Any]:
    """The page's facts from the first section's output; plain defaults for a notebook without one."""
    for cell in nb.cells:
        for output in cell.get("outputs", []):
            page = output.get("metadata", {}).get("audit", {}).get("page")
            if isinstance(page, dict):
                return _checked(page)
    return _checked({})


def _checked(page: dict[str, Any]) -> dict[str, Any]:
    lang = page.get("lang") if page.get("lang") in LANGUAGES else "en"
    words = Words(str(lang))
    accent = str(page.get("accent", ""))
    client, date = clean(page.get("client", "–")), clean(page.get("date", "–"))
    return {
        "lang": lang, "client": client, "date": date, "as_of": clean(page.get("as_of", "")),
        "headline": clean(page.get("headline") or words("report.summary.headline_plain")),
        "accent": accent if re.fullmatch(r"#[0-9a-f]{6}", accent) else "#1f5f8b",
        "logo": page.get("logo") if re.fullmatch(r"data:image/[a-z+]+;base64,[A-Za-z0-9+/=]+", str(page.get("logo"))) else None,
        "title": words("report.cover.title", client=client, date=date),
    }


def _single_ids(body: str) -> str:
    """The body with a second and later use of an id made different."""
    seen: dict[str, int] = {}

    def single(match: re.Match[str]) -> str:
        name = match[1]
        seen[name] = seen.get(name, 0) + 1
        return f' id="{name}"' if seen[name] == 1 else f' id="{name}-{seen[name]}"'

    head, mark, rest = body.partition("<body")
    return head + mark + re.sub(r' id="([^"]*)"', single, rest)
