"""`import pandas` costs nothing until pandas is used. A pandas of our own making stands for the real one, which is large."""

from __future__ import annotations

from pathlib import Path

from .test_shared_namespace import run

PANDAS = """
print('loaded')
class Series: pass
class DataFrame:
    @classmethod
    def made(cls): return cls()
def read_csv(name): return DataFrame()
"""
SCRIPT = """
import sys, engross
import pandas as pd
from pandas import DataFrame
from typing import Optional, Union
def table(row: Union[pd.Series, pd.DataFrame], rest: Optional[pd.DataFrame] = None, other: 'pd.Series | None' = None) -> pd.DataFrame: ...
def also(row: pd.Series | None) -> DataFrame | pd.Series: ...
print(isinstance(3, DataFrame), isinstance(3, pd.Series))
print('used')
"""


def pandas(folder: Path) -> Path:
    """A folder with a small pandas."""
    inner = folder / "pandas"
    inner.mkdir(parents=True)
    (inner / "__init__.py").write_text(PANDAS, encoding="utf-8")
    (inner / "later.py").write_text("value = 5\n", encoding="utf-8")
    return folder


def test_importing_and_annotating_does_not_load_pandas(tmp_path: Path) -> None:
    """The first call does, once."""
    code = SCRIPT + "x = pd.read_csv('a')\nprint(type(x) is pd.DataFrame, isinstance(x, DataFrame), DataFrame == pd.DataFrame)\nimport pandas\nprint(pandas.Series is pd.Series)"

    assert "False False\nused\nloaded\nTrue True True\nTrue\n" == run(code, pandas(tmp_path))


def test_a_class_that_was_named_early_works_as_one(tmp_path: Path) -> None:
    """It makes objects, has its class methods, and can be derived from."""
    code = SCRIPT + "class Mine(DataFrame): pass\nprint(isinstance(DataFrame(), DataFrame), issubclass(Mine, DataFrame), type(DataFrame.made()).__name__)"

    assert "False False\nused\nloaded\nTrue True DataFrame\n" == run(code, pandas(tmp_path))


def test_a_module_inside_is_found(tmp_path: Path) -> None:
    """It loads the whole, as ever."""
    assert "loaded\n5\n" == run("import engross, pandas\nimport pandas.later\nprint(pandas.later.value)", pandas(tmp_path))


def test_a_pandas_that_is_not_there_is_said_at_the_import(tmp_path: Path) -> None:
    """As if nothing were deferred."""
    code = "import engross, sys\nsys.path[:] = [p for p in sys.path if 'site-packages' not in p]\ntry:\n    import pandas\nexcept ModuleNotFoundError as error:\n    print(error)"

    assert "No module named 'pandas'\n" == run(code, tmp_path)
