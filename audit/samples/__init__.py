"""The sample client: a made-up Russian company in the shape of real exports, with truths planted in it."""

from __future__ import annotations

from pathlib import Path

from audit.samples.recipe import SAMPLE, SEED, Sample

__all__ = ["SAMPLE", "Sample", "make_samples", "sample_files"]


def make_samples(folder: str | Path, seed: int = SEED, lang: str = "en") -> list[Path]:
    """Write the files of the sample client and TRUTH.md (in `lang`) into `folder`; the paths written, in order.

    Equal seeds give equal bytes. `talks.jsonl` belongs in `knowledge/inbox/`, the others in `inbox/`. Existing files of these names are replaced; client.yml is not made here.
    """
    from audit.workspace import replacing

    written = []
    for name, content in sample_files(seed, lang).items():
        path = Path(folder) / name
        with replacing(path) as part:
            part.write_bytes(content)
        written.append(path)
    return written


def sample_files(seed: int = SEED, lang: str = "en") -> dict[str, bytes]:
    """Name → bytes of every file that `make_samples` writes, `SAMPLE.files` first, then the talks and TRUTH.md."""
    from audit.samples import books, crm, dirt, hand, talks, telephony, text, truth
    from audit.samples.world import make_world

    world = make_world(seed)
    issued = books.invoices(world, seed)
    tables: dict[str, list] = {
        "bitrix24_deals.csv": crm.deals(world, seed),
        "bitrix24_stages.csv": crm.stages(),
        "bitrix24_stage_history.csv": crm.history(world),
        "bitrix24_activities.csv": telephony.activities(world, seed),
        "amocrm_leads_2026-10-31.csv": crm.leads(world, seed),
        "telephony_calls.csv": telephony.calls(world, seed),
        "1c_payments.xlsx": books.payments(issued),
        "1c_receivables.xlsx": books.receivables(issued),
        "plan.xlsx": books.plan(),
        "managers.xlsx": books.managers(),
    }
    files = {
        name: text.bitrix_csv(tables[name]) for name in ("bitrix24_deals.csv", "bitrix24_activities.csv")
    } | {
        name: text.plain_csv(tables[name])
        for name in ("bitrix24_stages.csv", "bitrix24_stage_history.csv", "amocrm_leads_2026-10-31.csv")
    } | {
        "telephony_calls.csv": text.plain_csv(tables["telephony_calls.csv"], ";", bom=True),
        "1c_payments.xlsx": books.workbook("Поступления", books.titles("payments"), tables["1c_payments.xlsx"]),
        "1c_receivables.xlsx": books.workbook("Дебиторка", books.titles("receivables"), tables["1c_receivables.xlsx"]),
        "plan.xlsx": books.workbook("План", [], tables["plan.xlsx"]),
        "managers.xlsx": books.workbook("Сотрудники", [], tables["managers.xlsx"]),
    }
    made, facts = hand.sheets(world, issued, tables, seed)
    heard = talks.talks(world, seed)
    facts |= talks.facts(heard, world)
    for name, sheet in made.items():
        files[name] = sheet.csv() if name in hand.CSV else books.workbook(sheet.page, sheet.above, sheet.cells())
    counts = {name: truth.Count(len(tables[name]) - 1, dirt.refused(name), world.extra_lines if name == "bitrix24_deals.csv" else 0) for name in tables}
    counts |= {name: truth.Count(sheet.count, sheet.refused, sheet.merged) for name, sheet in made.items()}
    told = truth.told(world, issued, counts, facts, lang, seed)
    return {name: files[name] for name in SAMPLE.files} | {talks.FILE: talks.jsonl(heard), "TRUTH.md": told.encode("utf-8")}
