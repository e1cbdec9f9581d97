"""What authors should know of the DOCX templates that their interview names: before a visitor meets it.

Apart from ``language.check`` because that reads YAML alone and knows no documents.
"""

from __future__ import annotations

from collections.abc import Iterator

from engross.documents import docx
from engross.errors import DocumentError, Notice
from engross.language.blocks import AttachmentBlock, Question, Text
from engross.language.interview import Interview
from engross.language.source import find, locate_data


def template_hints(interview: Interview) -> Iterator[Notice]:
    """A notice for each thing in a template of the interview's own blocks that reaches outside of the file or cannot be opened, and for
    each font that this machine lacks and has no other of the same widths for."""
    root = find(interview.file).root
    for block in interview.blocks:
        if block.package != interview.package or not isinstance(block, Question | AttachmentBlock):
            continue
        for attachment in block.attachments:
            named = attachment.docx_template if isinstance(attachment.docx_template, tuple) else (attachment.docx_template,)
            for template in named:
                path = locate_data(template.source, package=attachment.package, root=root) if isinstance(template, Text) and template.plain else None
                if path is not None and isinstance(template, Text):
                    try:
                        yield from (Notice(where=template.where, message=hint) for hint in docx.hints(path))
                    except DocumentError as error:
                        yield Notice(where=template.where, message=str(error))
