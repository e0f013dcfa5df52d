"""The handbook: where the base is empty, which cards are stale, and exports that say the same in three formats and let nothing unmasked or alive out."""

import datetime as dt
import re
from html.parser import HTMLParser

import openpyxl
import pandas as pd
import pytest
import yaml

from audit.errors import UsageError
from audit.knowledge import read_cards, tag
from audit.knowledge.base import Base
from audit.knowledge.handbook import coverage, export, stale
from audit.knowledge.handbook.vault import md, safe_name

PHONE = "+7 915 123-45-67"
EFFECTS = {"techniques": [
    {"id": "next_step", "title": "x", "uses": 214, "opportunities": 390, "users": 11, "success_with": 0.41, "success_without": 0.29, "lift": 0.12, "low": 0.034, "high": 0.206, "p_value": 0.01,
     "q_value": 0.04, "detectable": 0.08, "adjusted_for": ["owner", "region"], "tagger_f1": 0.78, "status": "proven", "why": "no alarm <i>rings</i>", "quotes": [f"unmasked {PHONE}"]},
    {"id": "client_case", "title": "y", "uses": 3, "opportunities": 9, "users": 1, "success_with": None, "success_without": None, "lift": None, "low": None, "high": None, "p_value": None,
     "q_value": None, "detectable": None, "adjusted_for": [], "tagger_f1": None, "status": "cannot tell", "why": "no lost deals", "quotes": []}]}
HOSTILE = "<script>alert(1)</script> [[index]] ![x](http://evil.example) #tag =1+1 \u202e\x00 "
OWNERS = ["Анна", "анна", "../../Bob [x]|#^", "CON", "=cmd|'x'!A1", "<b>Ева</b>"]


def masked(text: str) -> str:
    return text.replace(PHONE, "[phone]")


@pytest.fixture(scope="module")
def book(tmp_path_factory, read):
    """A base in which six sellers say a few techniques, one of them among hostile words and with a phone number."""
    said = [("client", "Это для нас дорого"), ("seller", f"{HOSTILE} Давайте созвонимся во вторник, мой номер {PHONE}. До свидания")]
    cases = [{"case_id": f"c{number}", "owner": owner, "outcome": ("won", "lost")[number % 2], "at": pd.Timestamp("2026-01-10") + pd.Timedelta(number, "D"), "stage": "КП", "segment": "опт",
              "said": [*said, ("seller", f"Созвонимся в пятницу в {number + 1} часов")]} for number, owner in enumerate(OWNERS)]
    with Base.open(tmp_path_factory.mktemp("book") / "knowledge.sqlite") as base:
        base.add(read(*cases))
        base.put_cards(read_cards())
        base.put_tags(tag(base.texts()), by="rule", version="1")
        yield base


# -- the map ---------------------------------------------------------------------------------------------


def test_the_map_counts_what_was_said_answered_and_missing(base, read):
    objection, answer = ("client", "Слишком дорого для нас"), ("seller", "Дорого по сравнению с чем?")
    cases = [({"stage": "price", "segment": "a", "outcome": "won"}, [objection, answer, objection]), ({"stage": "price", "segment": "a", "outcome": "lost"}, [answer, objection]),
             ({"stage": "price", "segment": "b", "outcome": "lost"}, [objection]), ({"stage": None, "segment": "b"}, [("client", "Добрый день")])]
    base.add(read(*({"case_id": f"c{number}", "said": said, **columns} for number, (columns, said) in enumerate(cases))))
    base.put_cards(read_cards())
    base.put_tags(tag(base.texts()), by="rule", version="1")
    found = coverage(base).set_index(["stage", "occasion", "segment"])
    occasions = [card for card in read_cards() if card.kind == "occasion"]
    assert len(found) == 2 * len(occasions) * 2 and found.index.is_monotonic_increasing
    meant = [card.id for card in read_cards() if "price_objection" in card.opportunity.occasions]
    assert found.loc[("price", "price_objection", "a")].to_dict() == {  # the answer that came before the objection is none
        "cases": 2, "texts": 3, "won": 1, "lost": 1, "answered": 1, "techniques": 1, "used": "price_clarify", "called": len(meant), "gap": ""}
    assert found.loc[("price", "price_objection", "b"), ["cases", "answered", "gap"]].tolist() == [1, 0, "no technique"]
    assert found.loc[("", "price_objection", "b"), ["cases", "gap"]].tolist() == [0, "no cases"]
    assert found["cases"].sum() == 3
    retired = [card.model_copy(update={"status": "retired"}) if card.id == "price_clarify" else card for card in read_cards()]
    assert coverage(base, cards=retired).set_index(["stage", "occasion", "segment"]).loc[("price", "price_objection", "a"), "gap"] == "no technique"


def test_the_map_of_an_empty_base_is_empty(base):
    assert coverage(base).empty
    base.put_cards(read_cards())
    assert coverage(base).empty and "gap" in coverage(base)


# -- stale cards -------------------------------------------------------------------------------------------


def test_stale_cards_and_why(base, read):
    today = dt.datetime.now(dt.UTC).date()
    cards = {card.id: card for card in read_cards()}
    base.put_cards([cards[name] for name in ("next_step", "price_clarify", "guarantee", "benefit", "greeting", "price_objection")])
    base.put_cards([cards["benefit"].model_copy(update={"status": "retired"}), cards["guarantee"].model_copy(update={"status": "proven", "version": 2})])
    base.put_status("price_clarify", "candidate", {}, today)
    moment = pd.Timestamp(today)
    base.add(read({"case_id": "a", "at": moment, "said": [("seller", "Созвонимся во вторник")]}, {"case_id": "b", "at": moment, "said_at": moment - pd.Timedelta(100, "D"), "said": [("seller", "Дорого по сравнению с чем?")]},
                  {"case_id": "later", "at": moment + pd.Timedelta(5, "D"), "said": [("seller", "Даём гарантию два года")]}))
    base.put_tags(tag(base.texts()), by="rule", version="1")
    now = stale(base, today).set_index("id")
    assert now["reasons"].to_dict() == {"guarantee": "never heard", "price_clarify": "not heard lately"}
    assert now.loc["price_clarify", ["days_silent", "uses", "status"]].tolist() == [100, 1, "candidate"] and pd.isna(now.loc["guarantee", "last_heard"])
    assert stale(base, today, days=100)["id"].tolist() == ["guarantee"]
    later = stale(base, today + dt.timedelta(days=400)).set_index("id")["reasons"].to_dict()
    assert later == {"guarantee": "not heard lately, not changed lately", "next_step": "not heard lately, not changed lately, draft for long", "price_clarify": "not heard lately, not changed lately"}
    soon = stale(base, str(today + dt.timedelta(days=200)), days=300).set_index("id")["reasons"].to_dict()
    assert soon == {"next_step": "draft for long"}
    with pytest.raises(UsageError):
        stale(base, "soon")


def test_a_card_nobody_says_is_told_also_when_it_was_noted_after_that_day(book):
    table = stale(book, "2020-01-01")
    assert set(table["reasons"]) == {"never heard"}
    assert "next_step" in set(table["id"])  # it is heard later
    assert "next_step" not in set(stale(book, "2026-01-20")["id"])


# -- the page ------------------------------------------------------------------------------------------------


class Page(HTMLParser):
    """Tags, attributes and visible text of a page."""

    def __init__(self, html: str):
        super().__init__()
        self.tags, self.attributes, self.text, self.open = [], [], "", []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, *one) for one in attrs]
        self.open += [] if tag in ("meta", "br") else [tag]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += "" if self.open[-1:] == ["style"] else data + " "


@pytest.mark.parametrize("lang", ["ru", "en", "bg"])
def test_the_page_says_everything_and_nothing_in_it_is_alive(book, tmp_path, lang):
    path = export(book, tmp_path, "html", lang, masked=masked, effects=EFFECTS, client="ООО <Ромашка>")
    html = path.read_text("utf-8")
    page = Page(html)
    assert path == tmp_path / "handbook.html" and page.open == []
    assert {"script", "img", "iframe", "object", "link", "form"} & set(page.tags) == set()
    assert {name for _, name, _ in page.attributes if name.startswith("on")} == set()
    targets = {value for tag, name, value in page.attributes if name in ("href", "src")}
    ids = [value for _, name, value in page.attributes if name == "id"]
    assert len(ids) == len(set(ids)) and all(target[:1] == "#" and target[1:] in ids for target in targets)
    assert re.findall(r"url\((?!data:font/woff2)", html) == [] and "http" not in re.sub(r"http-equiv|http://evil\.example", "", html)
    assert PHONE not in html and "[phone]" in page.text and not set(html) & set("\u202e\x00")
    assert "ООО <Ромашка>" in page.text and "<b>Ева</b>" in page.text and "&lt;i&gt;rings" in html
    card = next(card for card in read_cards() if card.id == "next_step")
    assert getattr(card.what, lang) in page.text and getattr(card.why, lang) in page.text and getattr(card.examples, lang)[0] in page.text
    told = {"ru": ("доказан", "+12 п. п. (от +3 до +21)", "41,0"), "en": ("proven", "+12 pp (+3 to +21)", "41.0"), "bg": ("доказан", "+12 пр.п. (от +3 до +21)", "41,0")}[lang]
    article = html[html.index('id="next_step"'):].partition("</article>")[0].replace("\xa0", " ")
    assert [one for one in told if one not in article] == []
    cannot = {"ru": "нельзя сказать", "en": "cannot tell", "bg": "не може да се каже"}[lang]
    assert cannot in html[html.index('id="client_case"'):].partition("</article>")[0].lower()
    assert html == export(book, tmp_path / "again.html", "html", lang, masked=masked, effects=EFFECTS, client="ООО <Ромашка>").read_text("utf-8")


def test_what_is_masked_is_the_whole_utterance_before_it_is_cut(book, tmp_path):
    asked = []
    export(book, tmp_path, masked=lambda text: asked.append(text) or masked(text))
    whole = set(book.texts()["text"])
    assert asked and set(asked) <= whole


def test_without_effects_nothing_is_claimed(book, tmp_path):
    page = Page(export(book, tmp_path, masked=masked).read_text("utf-8")).text
    assert "proven" not in page and "Its effect has not been measured." in page


def test_sellers_are_called_as_the_caller_says(book, tmp_path):
    html = export(book, tmp_path, masked=masked, seller=lambda name: f"S{OWNERS.index(name)}").read_text("utf-8")
    assert "Анна" not in html and "S0" in html


# -- the vault -------------------------------------------------------------------------------------------------


def notes(folder) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in folder.rglob("*.md")}


@pytest.mark.parametrize("lang", ["ru", "bg"])
def test_every_link_of_the_vault_leads_to_a_note_and_every_note_has_its_front(book, tmp_path, lang):
    folder = export(book, tmp_path / "vault", "obsidian", lang, masked=masked, effects=EFFECTS)
    found = notes(folder)
    techniques = [card for card in read_cards() if card.kind == "technique"]
    occasions = [card for card in read_cards() if card.kind == "occasion"]
    assert len(found) == len(techniques) + len(occasions) + len(OWNERS) + 1
    links = {(name, link) for name, text in found.items() for link in re.findall(r"(?<!\\)\[\[([^|\]]+)\|[^\]\[|]+\]\]", text)}
    assert {link for _, link in links} <= {name.removesuffix(".md") for name in found}
    assert {f"techniques/{card.id}" for card in techniques} == {link for name, link in links if name == "index.md" and link.startswith("techniques/")}
    assert ("techniques/price_clarify.md", "occasions/price_objection") in links and ("occasions/price_objection.md", "techniques/price_clarify") in links
    assert len({link for name, link in links if name == "techniques/next_step.md" and link.startswith("sellers/")}) == len(OWNERS)
    for text in found.values():
        front = yaml.safe_load(text.split("---\n")[1])
        assert front["tags"] and PHONE not in text and not set(text) & set("\x00\u202e")
    front = yaml.safe_load(found["techniques/next_step.md"].split("---\n")[1])
    assert (front["status"], front["lift"], front["uses"]) == ("proven", 0.12, 214)


def test_names_of_notes_are_safe_and_none_is_written_twice(book, tmp_path):
    folder = export(book, tmp_path / "deep" / "vault", "obsidian", masked=masked)
    names = [path.name for path in (folder / "sellers").iterdir()]
    assert len({name.casefold() for name in names}) == len(OWNERS)
    assert not any(set(name) & set('<>:"/\\|?*#^[]\x00') for name in names)
    assert {path.relative_to(tmp_path).parts[0] for path in tmp_path.rglob("*.md")} == {"deep"}
    assert [safe_name(name) for name in ("con", "LPT1.x", "", "a" * 500)][:3] == ["con_", "LPT1.x_", "_"] and len(safe_name("a" * 500)) == 80


@pytest.mark.parametrize("text", [HOSTILE, "- a", "1. a", "# a", "> a", "`a`", "$x$", "%%a%%", "==a==", "a ^id", "<img src=x>", "[[x|y]]", "![[x]]", "www.x.example", "x@y.example", "---", "&lt;"])
def test_markdown_of_a_text_is_just_the_text(text):
    import mistune

    html = mistune.create_markdown(escape=False, plugins=["url", "strikethrough", "mark"])(md(text))
    assert re.findall(r"<(?!/?p>)", html) == []
    assert "[[" not in md(text) and "%%" not in md(text) and "==" not in md(text) and not re.search(r"(?<!\\)[#$^]", md(text))


def test_a_new_export_keeps_what_is_yours_and_takes_away_what_is_gone(book, tmp_path, read):
    folder = export(book, tmp_path / "vault", "obsidian", masked=masked)
    first = notes(folder)
    (folder / "mine.md").write_text("mine", "utf-8")
    (folder / "sellers" / "CON_.md").write_text("changed by hand", "utf-8")
    export(book, folder, "obsidian", masked=masked, seller=lambda name: "one")
    second = notes(folder)
    assert second.pop("mine.md") == "mine" and second.pop("sellers/CON_.md") == "changed by hand"
    assert {name for name in second if name.startswith("sellers/")} == {"sellers/one.md"}
    assert set(first) - set(second) == {name for name in first if name.startswith("sellers/")}
    other = tmp_path / "full"
    other.mkdir()
    (other / "x.md").write_text("x", "utf-8")
    for target in (other, other / "x.md"):
        with pytest.raises(UsageError) as caught:
            export(book, target, "obsidian", masked=masked)
        assert all(caught.value.parts("bg"))
    assert [path.name for path in other.iterdir()] == ["x.md"]


# -- the workbook ----------------------------------------------------------------------------------------------


def test_the_workbook_holds_texts_and_numbers_and_no_formula(book, tmp_path):
    path = export(book, tmp_path, "xlsx", "en", masked=masked, effects=EFFECTS)
    sheets = openpyxl.load_workbook(path)
    assert sheets.sheetnames == ["Cards", "Effects", "Quotes", "Who uses what", "Coverage", "Stale cards"]
    for sheet in sheets:
        assert sheet.freeze_panes == "C2" and all(cell.value for cell in sheet[1])
        for row in sheet.iter_rows():
            assert all(cell.data_type != "f" and cell.hyperlink is None and PHONE not in str(cell.value) for cell in row)
    effects = [dict(zip([cell.value for cell in sheets["Effects"][1]], [cell.value for cell in row], strict=True)) for row in sheets["Effects"].iter_rows(min_row=2)]
    assert [(one["id"], one["Status"], one["Used"], one["Lower end"]) for one in effects if one["id"] == "next_step"] == [("next_step", "proven", 214, 0.034)]
    assert {row[2].value for row in sheets["Who uses what"].iter_rows(min_row=2)} == set(OWNERS)
    assert len(list(sheets["Coverage"].iter_rows(min_row=2))) == len(coverage(book))
    assert path.read_bytes() == export(book, tmp_path / "again.xlsx", "xlsx", "en", masked=masked, effects=EFFECTS).read_bytes()


def test_an_empty_base_makes_an_empty_handbook(base, tmp_path):
    for format in ("html", "obsidian", "xlsx"):
        assert export(base, tmp_path / format / "x.html", format, masked=masked).exists()
    for wrong in ({"format": "pdf"}, {"lang": "de"}):
        with pytest.raises(UsageError):
            export(base, tmp_path, masked=masked, **wrong)
