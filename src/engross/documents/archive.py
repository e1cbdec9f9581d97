"""Archive: what makes an open PDF fit for archives (PDF/A-2B, ISO 19005-2).

Courts' forms often name Helvetica, Times or Arial and do not bring them, because every reader has them or something like them. An
archive must not rely on that, so fonts drawn to the same widths (``fonts.SAME_WIDTHS``) take their place.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from typing import Any

from lxml import etree
from pikepdf import Array, Dictionary, Name, Pdf, Stream, String

from engross.documents import fonts, letters


def mark(pdf: Pdf) -> None:
    """Say PDF/A-2B, and bring what that asks of a document as a whole: colours defined, no scripts, no attachments, fonts embedded
    as far as they are known here; ``fonts_missing`` lists the others."""
    _embed_known_fonts(pdf)
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    colours = pdf.make_stream(profile[:24] + bytes(12) + profile[36:])  # its date would change the bytes each time
    colours.N, colours.Alternate = 3, Name.DeviceRGB
    pdf.Root.OutputIntents = Array(
        [
            pdf.make_indirect(
                Dictionary(
                    Type=Name.OutputIntent, S=Name("/GTS_PDFA1"), OutputConditionIdentifier=String("sRGB"), Info=String("sRGB"),
                    DestOutputProfile=colours,
                )
            )
        ]
    )
    take_away_scripts_and_files(pdf)
    with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as metadata:
        metadata["pdfaid:part"] = "2"
        metadata["pdfaid:conformance"] = "B"
    _name_pdfa_in_its_description(pdf)


def take_away_scripts_and_files(pdf: Pdf) -> None:
    """What a document as a whole does when it is opened, and the files that it carries."""
    for key in ("/OpenAction", "/AA"):
        if key in pdf.Root:
            del pdf.Root[key]
    names = pdf.Root.get("/Names")
    if isinstance(names, Dictionary):
        for key in ("/JavaScript", "/EmbeddedFiles"):
            if key in names:
                del names[key]


def _name_pdfa_in_its_description(pdf: Pdf) -> None:
    """Declare PDF/A's name space on the description that uses it: PDFBox, and what is built on it, look for it nowhere else."""
    space = "http://www.aiim.org/pdfa/ns/id/"
    stream = pdf.Root.Metadata
    root = etree.fromstring(stream.read_bytes(), etree.XMLParser(resolve_entities=False, no_network=True))
    for part in root.findall(f".//{{{space}}}part"):
        before = part.getparent()
        named = etree.Element(before.tag, dict(before.attrib), nsmap={**before.nsmap, "pdfaid": space})
        named.extend(list(before))
        before.getparent().replace(before, named)
    etree.cleanup_namespaces(root, keep_ns_prefixes=["pdfaid"])
    stream.write(etree.tostring(root.getroottree(), encoding="utf-8"))


# ------------------------------------------------------------------------------------------------------------ fonts


def fonts_missing(pdf: Pdf) -> tuple[str, ...]:
    """Names of the fonts that the paper uses and does not hold, sorted."""
    return tuple(sorted({str(font.get("/BaseFont", "/?"))[1:] for font in _fonts(pdf) if not _is_embedded(font)}))


def _fonts(pdf: Pdf) -> Iterator[Any]:
    """Every font, also those that stand within the resources of a page or drawing."""
    for item in pdf.objects:
        if not isinstance(item, Dictionary | Stream):
            continue
        resources = item.get("/Resources")
        listed = resources.get("/Font") if isinstance(resources, Dictionary) else None
        for font in [item, *(listed.values() if isinstance(listed, Dictionary) else ())]:
            if isinstance(font, Dictionary) and font.get("/Type") == Name.Font:
                yield font


def _is_embedded(font: Any) -> bool:
    if font.get("/Subtype") in (Name.Type0, Name.Type3):
        return True  # the first holds its letters in a font below it, which is looked at by itself
    descriptor = font.get("/FontDescriptor", Dictionary())
    return any(key in descriptor for key in ("/FontFile", "/FontFile2", "/FontFile3"))


def _embed_known_fonts(pdf: Pdf) -> None:
    """Embed a font of the same widths for each of the standard fonts, Arial, Times New Roman and Courier New that is not here, and
    the same signs for ZapfDingbats, with which forms are ticked, and Symbol."""
    files: dict[tuple[fonts.Face, frozenset[str]], Any] = {}
    for font in list(_fonts(pdf)):
        name = str(font.get("/BaseFont", ""))[1:]
        if name in _SIGNS and not _is_embedded(font):
            _become_signs(pdf, font, _SIGNS[name]())
            continue
        if font.get("/Subtype") not in (Name.Type1, Name.TrueType) or _is_embedded(font) or not _has_same_widths(name):
            continue
        face, encode = fonts.standard_face(name), _encoding(font)
        known = frozenset(character for character in encode if face is not None and face.has(character))
        if face is None or not known:
            continue
        if (face, known) not in files:
            outlines = fonts.subset(face.path, face.number, known)
            files[face, known] = pdf.make_stream(outlines, Length1=len(outlines))
        _become(pdf, font, face, {character: encode[character] for character in known}, files[face, known])


_SIGNS = {"ZapfDingbats": letters.zapf_dingbats, "Symbol": letters.symbol}


def _has_same_widths(name: str) -> bool:
    plain = name.replace(" ", "").lower()
    return plain.startswith(("helvetica", "arial", "times", "courier")) and "narrow" not in plain and "black" not in plain


def _encoding(font: Any) -> Mapping[str, int]:
    """character → byte; a font that says nothing is written as most are."""
    return letters.of(font.Encoding) if "/Encoding" in font else {c: n for c, n in letters.win_ansi().items() if n < 127}


def _become_signs(pdf: Pdf, font: Any, bytes_of: Mapping[str, int]) -> None:
    """Let the dictionary *font* of a font of signs name those of DejaVu Sans; where that is not installed it stays as it is."""
    from fontTools.ttLib import TTFont
    from fontTools.ttLib.tables._c_m_a_p import CmapSubtable

    face = fonts.face("DejaVu Sans")
    encode = {sign: byte for sign, byte in bytes_of.items() if face is not None and face.has(sign)}
    if face is None or not encode:
        return
    outlines = TTFont(io.BytesIO(fonts.subset(face.path, face.number, frozenset(encode))))
    glyphs = outlines.getBestCmap()
    table = CmapSubtable.newSubtable(4)
    table.platformID, table.platEncID, table.language = 3, 0, 0  # a font of signs is asked by bytes, not by characters
    table.cmap = {0xF000 + byte: glyphs[ord(sign)] for sign, byte in encode.items()}
    outlines["cmap"].tables = [table]
    out = io.BytesIO()
    outlines.save(out, reorderTables=False)
    _become(pdf, font, face, encode, pdf.make_stream(out.getvalue(), Length1=len(out.getvalue())))
    del font.Encoding
    font.FontDescriptor.Flags = 4


def _become(pdf: Pdf, font: Any, face: fonts.Face, encode: Mapping[str, int], file: Any) -> None:
    """Let the dictionary *font* name the outlines in *file*, a part of *face*."""
    name = Name("/" + face.name)
    widths = dict.fromkeys(range(min(encode.values()), max(encode.values()) + 1), 0.0)
    widths |= {byte: round(face.width(character), 2) for character, byte in encode.items()}
    font.Subtype, font.BaseFont = Name.TrueType, name
    font.FirstChar, font.LastChar, font.Widths = min(widths), max(widths), Array(list(widths.values()))
    if "/Encoding" not in font:
        font.Encoding = Name.WinAnsiEncoding
    descriptor = describe(face, name, flags=32)
    descriptor.FontFile2 = file
    font.FontDescriptor = pdf.make_indirect(descriptor)


def describe(face: fonts.Face, name: Name, *, flags: int) -> Any:
    """A font descriptor of *face* under *name*, without its outlines. *flags*: PDF 1.7, table 123."""
    return Dictionary(
        Type=Name.FontDescriptor, FontName=name, Flags=flags, FontBBox=Array([-1000, -400, 2000, 1200]), ItalicAngle=0,
        Ascent=round(face.ascent), Descent=round(face.descent), CapHeight=round(face.ascent * 0.8), StemV=80,
    )  # fmt: skip
