"""The converter's profile: what LibreOffice is told before it reads its first document.

A new profile follows no links, runs no macros and reaches no network, should the sandbox not be there. LibreOfficeKit has no way to name
the filter that a document is to be read by, as ``soffice --infilter`` has; LibreOffice looks at the content, and takes HTML or RTF for
what they are, whatever the file's name. So the warm converter's profile forgets every kind of document but DOCX.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

_COMMON = "/org.openoffice.Office.Common"
_TYPES = "/org.openoffice.TypeDetection.Types/Types"
_DOCX = "writer_MS_Word_2007"
_SAVED_ONLY = "writer8"
"""ODT: it cannot be written without its type, so that type stays, and nothing is recognized as it."""
_LIST = re.compile(r"<oor:component-data ([^>]*[^>/])>(.*?)</oor:component-data>", re.DOTALL)
_NAME = re.compile(r'<node oor:name="([^"]+)" oor:op="replace"')


def profile(program: Path, *, docx_only: bool) -> str:
    """The text of ``registrymodifications.xcu`` for the LibreOffice whose programs are in the folder *program*."""
    refused = _refused_kinds(program.parent / "share" / "registry") if docx_only else ""
    return _HEAD + _SAFE + refused + "</oor:items>\n"


@lru_cache(maxsize=4)
def _refused_kinds(registry: Path) -> str:
    """Items that take away all kinds of documents that this LibreOffice can read, but DOCX."""
    found: set[str] = set()
    for file in registry.glob("*.xcd"):
        if file.name != "main.xcd":  # it has the kinds of pictures, which documents hold, and none of texts
            found |= _kinds(file.read_text(encoding="utf-8"))
    if _DOCX not in found:
        return ""
    removed = "".join(f'<node oor:name="{name}" oor:op="remove"/>' for name in sorted(found - {_DOCX, _SAVED_ONLY}))
    nothing = "".join(f'<prop oor:name="{name}" oor:op="fuse"><value></value></prop>' for name in ("DetectService", "Extensions", "URLPattern"))
    return f'<item oor:path="{_TYPES}">{removed}</item><item oor:path="{_TYPES}/org.openoffice.TypeDetection.Types:Type[\'{_SAVED_ONLY}\']">{nothing}</item>'


def _kinds(text: str) -> set[str]:
    """Kinds of documents that one file of LibreOffice's registry brings; none when it is about pictures."""
    lists = [(what, content) for what, content in _LIST.findall(text) if 'oor:package="org.openoffice.TypeDetection"' in what]
    if any('oor:name="GraphicFilter"' in what for what, _ in lists):
        return set()
    return {kind for what, content in lists if 'oor:name="Types"' in what for kind in _NAME.findall(content)}


def _item(path: str, name: str, value: str) -> str:
    return f'<item oor:path="{path}"><prop oor:name="{name}" oor:op="fuse"><value>{value}</value></prop></item>'


_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<oor:items xmlns:oor="http://openoffice.org/2001/registry" '
    'xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
)
_SAFE = (
    _item(f"{_COMMON}/Security/Scripting", "BlockUntrustedRefererLinks", "true")
    + _item(f"{_COMMON}/Security/Scripting", "DisableMacrosExecution", "true")
    + _item(f"{_COMMON}/Security/Scripting", "MacroSecurityLevel", "3")
    + _item(f"{_COMMON}/Security/Scripting", "WarnSaveOrSendDoc", "false")
    + _item("/org.openoffice.Office.Writer/Content/Update", "Link", "2")
    + _item("/org.openoffice.Inet/Settings", "ooInetProxyType", "2")
    + _item("/org.openoffice.Inet/Settings", "ooInetHTTPProxyName", "127.0.0.1")
    + _item("/org.openoffice.Inet/Settings", "ooInetHTTPProxyPort", "9")
    + _item("/org.openoffice.Inet/Settings", "ooInetHTTPSProxyName", "127.0.0.1")
    + _item("/org.openoffice.Inet/Settings", "ooInetHTTPSProxyPort", "9")
    + _item("/org.openoffice.Inet/Settings", "ooInetNoProxy", "")
    + _item("/org.openoffice.Setup/Office", "ooSetupInstCompleted", "true")
    + _item(f"{_COMMON}/Misc", "FirstRun", "false")
)
