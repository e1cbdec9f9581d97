"""The demo interview: an answer to an eviction case, in two Word papers and a PDF form."""
