"""Published figures of a public ledger of invoices, 2012–2013."""

from __future__ import annotations

import pandas as pd
import pytest

from audit.metrics import measure

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def ledger(shared_data) -> pd.DataFrame:
    raw = pd.read_csv(next((shared_data / "ar_invoices").glob("*.csv")), dtype={"invoiceNumber": str})
    for name in ("InvoiceDate", "DueDate", "SettledDate"):
        raw[name] = pd.to_datetime(raw[name], format="%m/%d/%Y")
    return raw


def measured(rows: pd.DataFrame):
    books = {
        "invoices": pd.DataFrame({"invoice_id": rows["invoiceNumber"], "client_id": rows["customerID"], "issued_on": rows["InvoiceDate"],
                                  "due_on": rows["DueDate"], "amount": rows["InvoiceAmount"]}),
        "payments": pd.DataFrame({"payment_id": rows["invoiceNumber"], "invoice_id": rows["invoiceNumber"],
                                  "received_on": rows["SettledDate"], "amount": rows["InvoiceAmount"]}),
    }
    return measure(books, ["M36", "M37"])


def test_a_third_is_paid_late(ledger):
    values = measured(ledger)
    assert len(ledger) == values.get("invoice_count")["value"] == 2_466
    assert values.get("late_share")["value"] == pytest.approx(0.356, abs=5e-4)
    assert values.get("days_to_pay")["value"] == pytest.approx(ledger["DaysToSettle"].median(), abs=0.5)
    assert values.get("receipts")["value"] == pytest.approx(ledger["InvoiceAmount"].sum())


@pytest.mark.parametrize(("column", "level", "late"), [
    ("Disputed", "Yes", 8.58), ("Disputed", "No", 1.93), ("PaperlessBill", "Paper", 4.44), ("PaperlessBill", "Electronic", 2.39)])
def test_days_late_of_groups(ledger, column, level, late):
    assert measured(ledger[ledger[column] == level]).get("days_late")["value"] == pytest.approx(late, abs=5e-3)
