"""The defence on paper: defence.pdf, set by WeasyPrint from the page, which has no script; nothing is fetched."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from audit.errors import UsageError
from audit.share import share

VARIANT = "pdf/ua-1"  # tagged, with language, title and bookmarks


def as_pdf(page: str) -> bytes:
    """The page as PDF/UA-1, the same bytes for the same page. UsageError where the extra [pdf] or Pango is missing."""
    press = printer()
    sheet = (share("templates") / "defence" / "paper.css").read_text(encoding="utf-8")
    document = press.HTML(string=page.replace("</head>", f"<style>{sheet}</style></head>", 1), url_fetcher=only_data(press))
    made: bytes = document.write_pdf(pdf_variant=VARIANT)
    return made


def printer() -> ModuleType:
    """WeasyPrint, ready to print. UsageError where it is not installed, or where it does not find Pango."""
    try:
        import weasyprint
    except ImportError:
        raise UsageError("report.no_printer") from None
    except OSError as problem:  # a library that cannot be loaded
        raise UsageError("report.no_pango", problem=str(problem).splitlines()[0][:160]) from None
    return weasyprint


def only_data(press: ModuleType) -> Any:
    """A fetcher that gives what stands in the page itself as data: and refuses every other address."""
    return press.urls.URLFetcher(allowed_protocols=["data"], allow_redirects=False)
