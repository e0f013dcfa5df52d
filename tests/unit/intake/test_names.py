"""Forms of many names at once are the forms of each."""

from hypothesis import given, settings
from hypothesis import strategies as st

from audit.intake.tables.companies import bare_name
from audit.intake.tables.names import bare_names
from audit.intake.text import name_key, name_keys

PIECES = ["ООО", "ооо", "О.О.О.", "О. О. О.", "Индивидуальный предприниматель", "ИП", "Л.Л.С.", "Ltd", "LLC", "Inc.", "«", "»", '"', "'", "Ромашка", "Pомашка", "Ёлка", "елка", " ", "  ", "\u00a0",
          "\u2003", "\x85", "\n", "\r", "_", "__2", "*", "-", "–", ".", ",", "И", "И.", "1", "İ", "ß", "№", "é", "ÿ", "µ", "Ω", "日", "Қ", "incorporated", "corporation", "общество с ограниченной ответственностью", "\x00", "\x01"]
name = st.lists(st.sampled_from(PIECES), max_size=6).map("".join)


@settings(max_examples=300)
@given(st.lists(name, max_size=12))
def test_all_at_once_is_one_by_one(names):
    assert name_keys(names) == [name_key(one) for one in names]
    assert bare_names(names) == [bare_name(one) for one in names]
