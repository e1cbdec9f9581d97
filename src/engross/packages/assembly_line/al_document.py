"""Papers, bundles, exhibits and addenda under the module name that interviews import."""

from engross.library.addenda import ALAddendumField, ALAddendumFieldDict, key, label, safeattr
from engross.library.bundles import (
    ALDocument,
    ALDocumentBundle,
    ALDocumentUpload,
    ALStaticDocument,
    ALTableDocument,
    ALUntransformedDocument,
    DALazyAttribute,
    _javascript_href,
    base_name,
    html_safe_str,
    table_row,
    unpack_dafilelist,
)
from engross.library.exhibits import ALExhibit, ALExhibitDocument, ALExhibitList, ocrmypdf_task

__all__ = [
    "ALAddendumField",
    "ALAddendumFieldDict",
    "ALDocument",
    "ALDocumentBundle",
    "ALDocumentUpload",
    "ALExhibit",
    "ALExhibitDocument",
    "ALExhibitList",
    "ALStaticDocument",
    "ALTableDocument",
    "ALUntransformedDocument",
    "key",
    "label",
    "ocrmypdf_task",
    "safeattr",
    "unpack_dafilelist",
]
_ALSO = (DALazyAttribute, _javascript_href, base_name, html_safe_str, table_row)
"""Names that are imported from here one by one."""
