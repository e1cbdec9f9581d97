"""Courts, and lists of courts in a table that comes with an interview."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from engross.context import current, current_or_none
from engross.errors import DocumentError
from engross.library.legal import Court
from engross.library.objects import DAObject, has
from engross.library.people import LatitudeLongitude
from engross.library.text import space_to_underscore
from engross.packages.assembly_line.al_general import ALAddress

__all__ = ["ALCourt", "ALCourtLoader"]

Row = dict[str, Any]
"""column → value; a cell that is empty is left out"""


class ALCourt(Court):
    """A court with an address."""

    def init(self, *pargs: Any, **kwargs: Any) -> None:
        super().init(*pargs, **kwargs)
        if "address" not in kwargs:
            self.initializeAttribute("address", ALAddress)
        if "location" not in kwargs:
            self.initializeAttribute("location", LatitudeLongitude)

    def short_label(self) -> str:
        """The name, with the city unless it is in the name."""
        city = str(self.address.city) if has(self, "address") and has(self.address, "city") else ""
        return f"{self.name} ({city})" if city and city not in str(self.name) else str(self.name)

    def short_label_and_address(self) -> str:
        """Name and address, for a list to choose from."""
        return f"**{self.short_label()}**[BR]{self.address.on_one_line()}"

    def short_description(self) -> str:
        """Name, address and description, for a list to choose from."""
        place = f"[BR]{self.address.on_one_line()}" if has(self, "address") else ""
        return f"**{self.short_label()}**{place}[BR]{self.description}"

    def from_row(self, df_row: Row, ensure_lat_long: bool = True) -> None:
        """Take over a row: ``address_…`` columns go to the address, ``location_…`` to the place on the map."""
        for column, cell in df_row.items():
            if column in ("location_latitude", "location_longitude"):
                name = column.removeprefix("location_")
                setattr(self.location, name, cell)
                setattr(self.address.location, name, cell)
            elif column.startswith("address_"):
                setattr(self.address, column.removeprefix("address_"), cell)
            else:
                name = column if column.isidentifier() else str(space_to_underscore(column))
                if name.isidentifier():
                    setattr(self, name, cell)

    def geocode(self) -> None:
        """Look for the address on the map."""
        self.address.geocode()
        self.location = self.address.location

    geolocate = geocode

    def _map_info(self) -> list[dict[str, Any]]:
        return [
            {
                "latitude": self.location.latitude,
                "longitude": self.location.longitude,
                "info": f"{self.name}  [NEWLINE]  {self.address.block()}",
            }
        ]


class ALCourtLoader(DAObject):
    """A table of courts: ``file_name`` names a CSV, XLSX or JSON file under ``data/sources``."""

    def init(self, *pargs: Any, **kwargs: Any) -> None:
        super().init(*pargs, **kwargs)
        if "package" not in self.__dict__:
            context = current_or_none()
            self.package = context.package if context else ""
        if "filename" not in self.__dict__:
            self.filename = self.file_name

    def all_courts(self) -> list[tuple[int, str]]:
        """(row, name) of every court."""
        return self.filter_courts(None)

    def unique_column_values(self, column_name: str) -> set[Any]:
        """The values of a column, each once."""
        return {row[column_name] for row in self._load_courts() if column_name in row}

    def county_list(self, column_name: str = "address_county") -> set[Any]:
        """The counties."""
        return self.unique_column_values(column_name)

    def county_has_one_court(self, county_name: str, county_column: str = "address_county") -> bool:
        """Whether a county has exactly one court."""
        return len(self.filter_courts(court_types=county_name, column=county_column)) == 1

    def county_court(self, intrinsicName: str, county_name: str, county_column: str = "address_county") -> ALCourt:  # noqa: N803
        """The county's court, or one that is empty."""
        matches = self.filter_courts(court_types=county_name, column=county_column)
        return self.as_court(intrinsicName, matches[0][0]) if matches else ALCourt(intrinsicName)

    def matching_courts_in_county(
        self,
        county_name: str,
        county_column: str = "address_county",
        display_column: str = "name",
        search_string: str | None = None,
        search_columns: list[str] | str | None = None,
    ) -> list[tuple[int, str]]:
        """(row, name) of the county's courts."""
        return self.filter_courts(
            court_types=county_name,
            column=county_column,
            display_column=display_column,
            search_string=search_string,
            search_columns=search_columns,
        )

    def filter_courts(
        self,
        court_types: list[str] | str | None,
        column: str = "department",
        display_column: str = "name",
        search_string: str | None = None,
        search_columns: list[str] | str | None = None,
    ) -> list[tuple[int, str]]:
        """(row, name) of the courts whose *column* is one of *court_types* and that hold *search_string*."""
        wanted = {court_types} if isinstance(court_types, str) else set(court_types or ())
        columns = [search_columns] if isinstance(search_columns, str) else list(search_columns or ())

        def suits(row: Row) -> bool:
            if wanted and row.get(column) not in wanted:
                return False
            if search_string and columns:
                return search_string.lower() in " ".join(str(row.get(name, "")) for name in columns).lower()
            return True

        return [(number, row.get(display_column, "")) for number, row in enumerate(self._load_courts()) if suits(row)]

    def as_court(self, intrinsicName: str, index: int | str, ensure_lat_long: bool = True) -> ALCourt:  # noqa: N803
        """The court of a row, named *intrinsicName*; an empty one when there is no such row."""
        court = ALCourt(intrinsicName)
        rows = self._load_courts()
        if str(index).isdigit() and int(index) < len(rows):
            court.from_row(rows[int(index)], ensure_lat_long=ensure_lat_long)
        return court

    def _load_courts(self) -> list[Row]:
        path = current().files.static(str(self.filename), package=self.package or None, folder="sources")
        return _rows(path, path.stat().st_mtime_ns, self.__dict__.get("converters") or {})


_KEPT: dict[tuple[str, int], list[Row]] = {}
"""(path, time) → rows: a table is read once."""


def _rows(path: Path, time: int, converters: dict[str, Any]) -> list[Row]:
    if converters:
        return [_converted(row, converters) for row in _read(path)]
    key = (str(path), time)
    if key not in _KEPT:
        while len(_KEPT) > 32:
            _KEPT.pop(next(iter(_KEPT)))
        _KEPT[key] = [_converted(row, {}) for row in _read(path)]
    return _KEPT[key]


def _converted(row: Row, converters: dict[str, Any]) -> Row:
    kept = {name: cell for name, cell in row.items() if name and cell not in (None, "")}
    if "address_zip" in kept:
        kept["address_zip"] = str(kept["address_zip"]).split(".")[0].zfill(5)
    return {name: converters[name](cell) if name in converters else cell for name, cell in kept.items()}


def _read(path: Path) -> Iterator[Row]:
    match path.suffix.lower():
        case ".csv":
            with path.open(encoding="utf-8-sig", newline="") as file:
                for row in csv.DictReader(file):
                    yield {name: _number(cell) for name, cell in row.items()}
        case ".json":
            found = json.loads(path.read_text(encoding="utf-8"))
            yield from found if isinstance(found, list) else _from_columns(found)
        case ".xlsx":
            from openpyxl import load_workbook

            book = load_workbook(path, read_only=True, data_only=True)
            rows = book.worksheets[0].iter_rows(values_only=True)
            headings = [str(cell) if cell is not None else "" for cell in next(rows, ())]
            for cells in rows:
                if any(cell is not None for cell in cells):
                    yield dict(zip(headings, cells, strict=False))
            book.close()
        case _:
            raise DocumentError(f"a table of courts is a CSV, XLSX or JSON file, not `{path.name}`", document=path.name)


def _from_columns(columns: dict[str, dict[str, Any]]) -> Iterator[Row]:
    """Rows of ``{column: {row: value}}``, as pandas writes JSON."""
    numbers = next(iter(columns.values()), {})
    for number in numbers:
        yield {name: cells.get(number) for name, cells in columns.items()}


def _number(cell: str | None) -> Any:
    """A decimal number as one; everything else as it was written."""
    if cell is None:
        return None
    try:
        return float(cell) if "." in cell else cell
    except ValueError:
        return cell
