"""Cut the report's fonts out of the variable Noto Sans: two weights, Latin + Cyrillic, for pages and for charts.

    python templates/fonts/make_fonts.py "NotoSans[wdth,wght].ttf"

Needs fonttools and brotli. The results are committed, so that no build needs this script or a network.
"""

import sys
from pathlib import Path

from fontTools.subset import Options, Subsetter, save_font
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont

HERE = Path(__file__).parent
WEIGHTS = {"Regular": 400, "SemiBold": 600}
# Latin with European accents, Cyrillic of Russian, Bulgarian, Ukrainian, Serbian; punctuation, currencies, arrows, signs
LETTERS = [*range(0x20, 0x7F), *range(0xA0, 0x180), *range(0x400, 0x460), 0x490, 0x491]
SIGNS = [0x300, 0x301, *range(0x2002, 0x200B), *range(0x2010, 0x2027), 0x202F, 0x2030, 0x2032, 0x2033, 0x2039, 0x203A,
         0x2044, 0x20AC, 0x20B4, 0x20B8, 0x20BD, 0x2116, 0x2122, 0x2190, 0x2191, 0x2192, 0x2193,
         0x2206, 0x2211, 0x2212, 0x2248, 0x2260, 0x2264, 0x2265, 0x25CB, 0x25CF, 0x2713]


def cut(source: Path, name: str, weight: int) -> None:
    """Write NotoSans-<name>.woff2 for pages and NotoSans-<name>.ttf for charts."""
    for flavor, features in (("woff2", ["kern", "mark", "mkmk", "tnum", "lnum", "case", "locl", "ccmp"]), (None, [])):
        font = instantiateVariableFont(TTFont(source), {"wght": weight, "wdth": 100}, updateFontNames=False)
        options = Options()
        options.layout_features, options.flavor, options.hinting = features, flavor, False
        options.name_IDs, options.name_languages, options.notdef_outline = [1, 2, 4, 6, 13], [0x409], True
        subsetter = Subsetter(options)
        subsetter.populate(unicodes=LETTERS + SIGNS)
        subsetter.subset(font)
        style = "Regular" if weight == 400 else "Bold"  # charts ask matplotlib for 'bold'
        for record in font["name"].names:
            record.string = {1: "Audit Noto Sans", 2: style, 4: f"Audit Noto Sans {style}", 6: f"AuditNotoSans-{style}"}.get(
                record.nameID, record.toUnicode())
        font["OS/2"].usWeightClass = 400 if weight == 400 else 700
        font["head"].macStyle = 0 if weight == 400 else 1
        font["OS/2"].fsSelection = 0x40 if weight == 400 else 0x20
        for table in ("STAT", "GDEF") if flavor is None else ("STAT",):
            if table in font:
                del font[table]
        save_font(font, str(HERE / f"NotoSans-{name}.{flavor or 'ttf'}"), options)


if __name__ == "__main__":
    for name, weight in WEIGHTS.items():
        cut(Path(sys.argv[1]), name, weight)
