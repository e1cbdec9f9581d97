"""Objects of legal work, under the module that older packages import them from."""

from engross.library import legal
from engross.library.namespace import offer

__getattr__, __all__ = offer(
    __name__,
    {
        kind.__name__: kind
        for kind in (
            legal.Case,
            legal.Court,
            legal.Document,
            legal.Jurisdiction,
            legal.LegalFiling,
            legal.PartyList,
        )
    },
)
