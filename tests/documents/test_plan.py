"""Plans: what is to be made, and what is left of it."""

from __future__ import annotations

from engross.documents import plan


def test_a_file_is_left_out_of_what_is_joined_and_packed() -> None:
    """Its bookmark goes too; a plan without that file is the very same, and one of nothing else is no plan."""
    upload = plan.Bytes(sha256="b" * 64, mimetype="application/pdf", foreign=True)
    letter = plan.Bytes(sha256="a" * 64, mimetype="application/pdf")
    joined = plan.Merged(parts=(letter, plan.Numbered(source=plan.ToPdf(source=upload))), outline=("Letter", "Lease"))
    packed = plan.Zip(entries=(("letter.pdf", letter), ("all.pdf", joined)))

    assert plan.Merged(parts=(letter,), outline=("Letter",)) == plan.without(joined, {upload.sha256})
    assert plan.Zip(entries=(("letter.pdf", letter), ("all.pdf", plan.Merged(parts=(letter,), outline=("Letter",))))) == plan.without(packed, {upload.sha256})
    assert packed is plan.without(packed, {"c" * 64})
    assert packed is plan.without(packed, {letter.sha256}), "our own file"
    assert plan.without(plan.Merged(parts=(upload,)), {upload.sha256}) is None
