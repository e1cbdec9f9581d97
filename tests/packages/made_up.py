"""A value that answers anything: for filling templates whose interviews are not run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

WORDS = "Made up Łódź & <Co>"


class MadeUp:
    """Its attributes, items and results are made up, too; it is text, a number, a list of two, and true."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name == "instanceName":
            raise AttributeError(name)
        return self

    def __getitem__(self, key: Any) -> Any:
        return self

    def __call__(self, *pargs: Any, **kwargs: Any) -> Any:
        return self

    def __iter__(self) -> Iterator[Any]:
        return iter((self, self))

    def __len__(self) -> int:
        return 2

    def __str__(self) -> str:
        return WORDS

    def __format__(self, spec: str) -> str:
        return WORDS

    def __int__(self) -> int:
        return 2

    def __index__(self) -> int:
        return 2

    def __float__(self) -> float:
        return 2.0

    def __bool__(self) -> bool:
        return True

    def __hash__(self) -> int:
        return 2

    def __contains__(self, other: object) -> bool:
        return True

    def _same(self, *_: Any) -> Any:
        return self

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _same
    __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = __pow__ = __rpow__ = __neg__ = __pos__ = __round__ = __abs__ = _same

    def _yes(self, *_: Any) -> bool:
        return True

    __eq__ = __lt__ = __le__ = __gt__ = __ge__ = _yes

    def _no(self, *_: Any) -> bool:
        return False

    __ne__ = _no


class MadeUpNames(dict[str, Any]):
    """Every name has a made-up value."""

    def __missing__(self, key: str) -> Any:
        return MadeUp()

    def __contains__(self, key: object) -> bool:
        return True
