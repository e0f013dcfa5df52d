"""The base of clients, its contacts and duplicates, new money and new segments on a drawn CRM, counted by hand."""

import pandas as pd
import pytest
from drawn import client, crm, row, value

from audit.metrics import listed, measure

CRM = crm("""
users
  user_id name
  a       Ann
  b       Bob
clients
  client_id name tax_id     owner_id segment created_at
  c1        Oak  7701234567 a        S       2024-01-01
  c2        Elm  -          a        S       2024-01-01
  c3        Fir  7709999999 a        M       2024-01-01
  c4        Ash  -          b        M       2024-01-01
  c5        Yew  7701234567 b        S       2025-01-01
  c6        Bay  -          b        L       2025-01-01
  c7        Box  -          -        L       2025-01-01
  c8        Fig  -          b        L       2026-05-01
contacts
  contact_id client_id name phone            email           is_decision_maker
  k1         c1        Kim  +7~495~123-45-67 kim@oak.example yes
  k2         c1        Lee  -                -               no
  k3         c2        Max  84951234567      -               no
  k4         c3        Ned  84951234567      -               yes
  k5         c4        Ola  123              ola@example     no
  k6         c6        Pat  -                pat@pub.example -
  k7         c7        Ray  -                ray@bay.example -
  k8         c6        Sam  -                sam@bay.example -
deals
  deal_id client_id owner_id semantic created_at closed_at  amount product segment next_activity_at
  d1      c1        a        won      2024-01-10 2024-02-10 100    P       -       -
  d2      c1        a        won      2025-04-10 2025-05-10 800    P       -       -
  d3      c2        a        won      2025-11-01 2025-12-05 60     P       -       -
  d4      c2        a        won      2025-12-10 2025-12-20 90     Q       -       -
  d5      c3        a        won      2025-11-01 2026-01-15 50     P       -       -
  d6      c5        b        won      2025-12-01 2026-02-15 40     Q       -       -
  d7      c6        b        won      2025-12-01 2026-02-20 10     Q       -       -
  d8      c7        b        won      2025-12-01 2026-02-21 10     Q       -       -
  d9      c4        b        open     2026-01-01 -          70     P       -       2026-04-05
  d10     c4        b        won      2026-01-01 2026-03-21 5      Q       L       -
  d11     c3        a        won      2025-11-01 2026-03-25 7      P       -       -
activities
  activity_id kind     owner_id entity entity_id client_id created_at done_at          duration_s is_answered due_at
  a1          call_out a        deal   d2        -         2026-03-20 2026-03-20T10:00 120        yes         -
  a2          call_out a        client c2        -         2026-03-20 2026-03-20T10:00 20         yes         -
  a3          meeting  a        -      -         c3        2026-01-05 2026-01-05T10:00 -          -           -
  a4          email    b        client c4        -         2026-03-20 2026-03-20T10:00 -          -           -
  a5          call_in  b        client c5        -         2026-02-10 2026-02-10T10:00 -          yes         -
  a6          meeting  b        client c5        -         2025-12-01 2025-12-01T10:00 -          -           -
  a7          task     a        client c1        -         2026-03-20 -                -          -           2026-04-10T10:00
  a8          meeting  a        deal   d2        -         2026-03-22 2026-03-22T10:00 -          -           -
""")
# clients that a seller has on 31 March: c1, c2, c3 of Ann, c4, c5, c6 of Bob


def test_a_call_that_nobody_answered_is_no_contact_however_long_it_rang():
    calls = CRM["activities"].assign(is_answered=CRM["activities"]["is_answered"].mask(CRM["activities"]["activity_id"] == "a1", False))
    # a1 of c1 rang for two minutes in vain; a3, a5 and a8 are left
    assert value(CRM | {"activities": calls}, "base_talks_a_day") == pytest.approx(3 / 64)
    unknown = calls.assign(is_answered=calls["is_answered"].mask(calls["activity_id"] == "a1", None))
    assert value(CRM | {"activities": unknown}, "base_talks_a_day") == pytest.approx(4 / 64)


def test_the_base_is_talked_to_by_both_sides():
    found = row(CRM, "base_coverage")
    assert (found["sum_num"], found["sum_den"]) == (3, 6)  # c1, c3 (day 86), c5; a short call and a letter are no contact
    assert value(CRM, "base_coverage", "owner", "Bob") == pytest.approx(1 / 3)
    assert value(CRM, "base_coverage", base_contact_days=30) == pytest.approx(1 / 6)
    assert value(CRM, "base_talks_a_day") == pytest.approx(4 / 64)  # weekdays from 1 January
    assert value(CRM, "base_talk_interval") == pytest.approx(6 * 90 / 4)


def test_coverage_at_the_ends_of_past_months():
    # the first two-way contact: c5 on 1 December 2025; before the end of December 30 days of the log fit
    def held(month, **more):
        found = row(CRM, "base_coverage_past", period="month", start=month, base_contact_days=30, **more)
        return found["sum_num"], found["sum_den"]

    assert held("2026-01-01") == (1, 6)  # c3 on the 5th; the call to c2 was short
    assert held("2026-02-01") == (1, 6)  # c5 on the 10th
    assert held("2026-03-01") == (1, 6)  # c1 on the 20th and 22nd
    assert held("2026-02-01", by="owner", group="Bob") == (1, 3)
    assert value(CRM, "base_coverage_past", base_contact_days=30) == value(CRM, "base_coverage", base_contact_days=30)
    later = CRM | {"clients": CRM["clients"].assign(created_at=CRM["clients"]["created_at"].mask(CRM["clients"]["client_id"] == "c6", pd.Timestamp("2026-02-15")))}
    assert row(later, "base_coverage_past", period="month", start="2026-01-01", base_contact_days=30)["sum_den"] == 5
    assert row(later, "base_coverage_past", period="quarter", start="2026-01-01", base_contact_days=30)["sum_den"] == 6
    whole = measure(CRM, "base_coverage_past", as_of="2026-03-31", client=client(base_contact_days=30)).frame
    assert whole.loc[(whole["period"] == "month") & (whole["by"] == ""), "period_start"].min() == pd.Timestamp("2025-12-01").date()


def test_cells_by_the_money_of_the_year_and_their_norms():
    # 800 of 1072 is A; c2 from 0.746 → A; c3 57 from 0.886 → B; c5 40 from 0.939 → B; c6, c7, c4 → C (c7 has no seller)
    assert row(CRM, "base_coverage", "cell", "A")["sum_den"] == 2
    assert row(CRM, "base_coverage", "cell", "B")["sum_den"] == 2
    assert row(CRM, "base_coverage", "cell", "C")["sum_den"] == 2
    found = row(CRM, "base_in_norm")  # c1 within 30 days; c2 never; c3 day 86 of 60; c5 day 50 of 60; c4, c6 never
    assert (found["sum_num"], found["sum_den"]) == (2, 6)
    assert listed(CRM, "base_neglected", as_of="2026-03-31", client=client())["client_id"].tolist() == ["c2", "c3", "c6", "c4"]


def test_something_lies_ahead_of_a_client():
    found = row(CRM, "base_planned")
    assert (found["sum_num"], found["sum_den"]) == (2, 6)  # c1 by a task, c4 by a deal


def test_silent_clients_come_back():
    # c1 bought in February 2024: silent for twelve whole months at the starts of March, April and May 2025, back in May
    found = row(CRM, "base_returned", period="month", start="2025-05-01")
    assert (found["sum_num"], found["sum_den"]) == (1, 1)
    found = row(CRM, "base_returned", as_of="2026-03-31")
    assert (found["sum_num"], found["sum_den"]) == (1, 2)  # in the last twelve months: April and May


def test_the_index_shows_its_parts():
    parts = {name: value(CRM, "base_index", "part", name) for name in ("contacted", "planned", "decider", "back")}
    assert parts == pytest.approx({"contacted": 50, "planned": 100 / 3, "decider": 100 / 3, "back": 50})
    assert value(CRM, "base_index") == pytest.approx(0.4 * 50 + 0.2 * (100 / 3 + 100 / 3 + 50))
    without = {name: table for name, table in CRM.items() if name != "contacts"}
    assert value(without, "base_index") == pytest.approx((0.4 * 50 + 0.2 * (100 / 3 + 50)) / 0.8)


def test_scores_of_recency_frequency_and_money():
    found = listed(CRM, "rfm", as_of="2026-03-31", client=client()).set_index("client_id")
    assert found.loc["c1", ["silent_months", "purchases", "money"]].tolist() == [1, 5, 1090]  # with c2 and c5
    assert found.loc["c1", ["f", "m"]].tolist() == [3, 3]
    assert found.loc["c4", ["r", "m"]].tolist() == [3, 1]
    assert found["m_before"].notna().sum() == 1  # by December: Oak alone


def test_contacts():
    assert value(CRM, "clients_reachable") == pytest.approx(5 / 7)  # c4's phone and mail cannot exist, c5 has none; c8 comes later
    assert value(CRM, "clients_with_decider") == pytest.approx(2 / 7)
    assert value(CRM, "contacts_a_client") == pytest.approx(8 / 7)


def test_duplicates_share_a_number():
    # c1 and c5 by tax number; c1 and c2 by phone; c3 has that phone and another tax number
    assert value(CRM, "client_duplicates") == pytest.approx(3 / 7)
    found = listed(CRM, "client_duplicates", as_of="2026-03-31", client=client())
    assert found[["cluster", "client_id"]].values.tolist() == [["c1", "c1"], ["c1", "c2"], ["c1", "c5"]]
    assert value(CRM, "client_duplicates", shared_by=2) == pytest.approx(2 / 7)  # three clients make the phone a switchboard


def test_duplicates_are_no_new_clients():
    # who: c1 = c2 = c5 (tax, phone), c6 = c7 (domain), c3, c4; bought first: Oak 2024-02, c3 2026-01, c6 2026-02, c4 2026-03
    assert value(CRM, "new_clients", period="month", start="2026-02-01") == 1
    assert value(CRM, "new_clients") == 3  # burnt in from 10 February 2025
    assert value(CRM, "active_new_clients") == 2  # c3 in March, c6's second record a day later


def test_new_money_of_new_clients_and_of_new_products():
    # since February 2025: d5 50, d7 + d8 20, d10 5 of new clients; Oak's first of product Q: d4 90 (December 2025)
    assert value(CRM, "new_money") == 50 + 20 + 5 + 90
    assert value(CRM, "new_money", period="month", start="2025-12-01") == 90
    assert value(CRM, "new_money_share") == pytest.approx(165 / 1072)
    assert row(CRM, "new_money", period="month", start="2024-02-01")["status"] == "provisional"


def test_revenue_of_new_and_of_known_clients():
    assert value(CRM, "new_client_revenue") == 50 + 7 + 20 + 5
    assert value(CRM, "known_client_revenue") == 800 + 60 + 90 + 40


def test_new_segments_have_several_clients():
    # L: c6 and c7 are one client, c4's deal names L too: two clients; M: c3 alone
    assert value(CRM, "new_segments") == 0
    assert value(CRM, "new_segments", segment_clients=2) == 1
    assert value(CRM, "new_segment_revenue", segment_clients=2) == 25
    assert value(CRM, "new_segments", period="quarter", start="2026-01-01", segment_clients=1) == 2  # L, M; S was sold to before


PAID = CRM | crm("""
payments
  payment_id client_id deal_id received_on amount
  p1         c1        -       2024-02-15  100
  p2         c6        -       2026-02-10  30
  p3         c7        -       2026-02-20  20
  p4         -         d10     2026-03-25  5
  p5         c3        -       2026-03-26  7
  p6         c8        -       2026-04-02  9
""")


def test_new_segments_by_payment():
    # L: c6 and c7 are one client, c4 paid for a deal of L: two clients; M: c3 alone; S paid in 2024 only
    assert value(PAID, "new_segments_paid") == 0
    assert value(PAID, "new_segments_paid", segment_clients=2) == 1
    assert value(PAID, "new_segment_receipts", segment_clients=2) == 30 + 20 + 5
    assert value(PAID, "new_segments_paid", period="quarter", start="2026-01-01", segment_clients=1) == 2
    assert value(PAID, "new_money_paid", "segment", "L") == 30 + 20 + 5
    assert row(PAID, "new_segments_paid", period="month", start="2024-02-01", segment_clients=1)["status"] == "provisional"


def test_what_comes_later_is_not_known():
    assert row(CRM, "base_coverage", as_of="2026-01-31")["sum_num"] == 2  # c3 in January, c5 on 1 December
    assert value(CRM, "new_clients", as_of="2026-01-31") == 1


def test_the_index_of_each_seller_with_its_parts():
    # Ann: c1 and c3 of three are talked to, c1 has a next step, c1 and c3 a decider; c1 came back of its two months of silence
    assert value(CRM, "base_decider", "owner", "Ann") == pytest.approx(2 / 3)
    assert value(CRM, "base_decider") == pytest.approx(2 / 6)
    parts = {name: value(CRM, "base_index", "owner×part", f"Ann × {name}") for name in ("contacted", "planned", "decider", "back")}
    assert parts == pytest.approx({"contacted": 200 / 3, "planned": 100 / 3, "decider": 200 / 3, "back": 50})
    assert value(CRM, "base_index", "owner", "Ann") == pytest.approx(0.4 * 200 / 3 + 0.2 * (100 / 3 + 200 / 3 + 50))
    # none of Bob's clients has slept for a year: c5 is talked to, c4 has a next step, and nobody decides
    assert value(CRM, "base_index", "owner", "Bob") == pytest.approx((0.4 * 100 / 3 + 0.2 * 100 / 3) / 0.8)


def test_clients_come_back_to_their_seller():
    found = row(CRM, "base_returned", "owner", "Ann")
    assert (found["sum_num"], found["sum_den"]) == (1, 2)
    assert row(CRM, "base_returned", "owner", "Ann", period="month", start="2025-05-01")["sum_num"] == 1
    other = CRM | {"clients": CRM["clients"].assign(owner_id=CRM["clients"]["owner_id"].mask(CRM["clients"]["client_id"] == "c1"))}
    assert row(other, "base_returned", "owner", "—")["sum_den"] == 2  # nobody has c1 now


def test_the_base_by_recency_frequency_and_money():
    # bought last: c1 May, c2 December, c5 and c6 and c7 February, c3 and c4 March; times 2, 2, 1, 1, 1, 2, 1; money 900, 150, 40, 10, 10, 57, 5
    # by recency places 1, 2, 4, 4, 4, 6.5, 6.5; by frequency 6, 6, 2.5, 2.5, 2.5, 6, 2.5; by money 7, 6, 4, 2.5, 2.5, 5, 1; thirds end at 2.33 and 4.67
    cells = {"1-3-3": ["c1", "c2"], "3-3-3": ["c3"], "3-2-1": ["c4"], "2-2-2": ["c5", "c6"]}  # c7 has no seller
    found = {cell: row(CRM, "base_coverage", "rfm", cell)["sum_den"] for cell in cells}
    assert found == {cell: len(clients) for cell, clients in cells.items()}
    nobody = CRM | {"deals": CRM["deals"][CRM["deals"]["client_id"] != "c4"]}
    assert row(nobody, "base_coverage", "rfm", "none")["sum_den"] == 1


def test_new_money_in_its_parts_and_by_product_line():
    assert value(CRM, "new_money", "part", "logo") == 50 + 20 + 5
    assert value(CRM, "new_money", "part", "line") == 90
    assert value(PAID, "new_money_paid", "part", "logo") == 30 + 20 + 5 + 7
    # P and Q are one line: Oak took nothing new
    lines = crm("""
deal_products
  deal_id product product_line
  d3      P       wood
  d4      Q       wood
""")
    assert value(CRM | lines, "new_money") == 75
    assert value(CRM | lines, "new_money_share") == pytest.approx(75 / 1072)


def test_new_groups_by_name_and_their_part_of_the_money():
    assert value(CRM, "new_segment_share", segment_clients=2) == pytest.approx(25 / 1072)
    assert value(PAID, "new_segment_receipts_share", segment_clients=2) == pytest.approx(55 / 62)  # p1 is two years old
    found = listed(CRM, "new_segments", as_of="2026-03-31", client=client(segment_clients=2))
    assert found[["segment", "clients", "money"]].values.tolist() == [["L", 2, 25.0]]
    assert str(found["since"].iloc[0]) == "2026-02-01"
    paid = listed(PAID, "new_segments_paid", as_of="2026-03-31", client=client(segment_clients=1))
    assert paid[["segment", "clients", "money"]].values.tolist() == [["L", 2, 55.0], ["M", 1, 7.0]]


def test_payments_of_new_and_of_known_clients():
    # burnt in from 15 February 2025; c6, c7, c4 and c3 paid for the first time since
    assert value(PAID, "new_client_receipts") == 30 + 20 + 5 + 7
    assert value(PAID, "known_client_receipts") == 0
    assert row(PAID, "known_client_receipts", period="month", start="2026-02-01")["value"] == 0
    later = PAID | {"payments": PAID["payments"].assign(client_id=PAID["payments"]["client_id"].replace("c6", "c1"))}
    assert value(later, "known_client_receipts") == 30  # c1 paid first two years before
