"""Submission: a posted form against the Screen that was shown → typed values, or what is wrong, field by field.

Names, types and conditions come from the kept Screen alone; what else a form carries is ignored. Values are what docassemble makes
of them: a blank number is 0, a blank date an empty text, a radio button that nobody pressed None.
"""

from __future__ import annotations

import base64
import binascii
import datetime
import io
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from engross import names
from engross.context import current
from engross.engine import lookups
from engross.engine.fields import FILES, KEY_SETS, MANY, OBJECT_SETS
from engross.engine.screen import Option, Screen, ScreenField, ShowIf, box_name
from engross.library import datatypes
from engross.library.dates import as_datetime, format_date
from engross.library.words import word
from engross.quoting import NOT_ALLOWED

Form = Mapping[str, Sequence[str]]
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
NUMBERS = {"number", "currency", "float", "range"}
DATES_IN_PARTS = {"ThreePartsDate", "ThreePartsDateExtended", "BirthDate"}
"""ALToolbox's dates of three boxes, where that package is not installed. It keeps an empty one as None."""
PICTURE_LIMIT = 4 * 1024 * 1024
"""Most bytes of a drawn signature."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long a text may be, in characters."""

    text: int = 64 * 1024
    """In one line."""
    area: int = 1024 * 1024
    """In a text area."""


class Upload(Protocol):
    """A file as the browser sent it."""

    @property
    def name(self) -> str: ...
    @property
    def mimetype(self) -> str: ...
    @property
    def data(self) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Keys:
    """Boxes: key → whether it was ticked."""

    ticked: dict[Any, bool]


@dataclass(frozen=True, slots=True)
class ObjectAt:
    """The object of that name."""

    path: str


@dataclass(frozen=True, slots=True)
class ObjectsAt:
    """The objects of those names."""

    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Uploaded:
    """Files that came with the form."""

    uploads: tuple[Upload, ...]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A signature as PNG."""

    png: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The form is right."""

    values: dict[str, Any]
    """path → value; for boxes, objects, files and signatures one of the classes above."""
    choice: int | None = None
    """For a question without a variable: the choice that was taken."""
    action: Option | None = None
    """The choice was a button such as Exit."""
    removed: tuple[int, ...] = ()
    """List collect: items taken out."""
    items: tuple[int, ...] = ()
    """List collect: items that have values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """Something must be corrected."""

    errors: dict[str, str]
    """key of the field → what to do, in plain words"""


class _Wrong(Exception):
    """A value cannot be taken; the message is for the visitor."""


def check(
    screen: Screen,
    form: Form,
    uploads: Mapping[str, Sequence[Upload]],
    known: Callable[[str], Any] = lambda path: None,
    limits: Limits | None = None,
) -> Accepted | Rejected:
    """Read *form* as the answer to *screen*. *known* gives the value of a path that is not on the screen, or None."""
    if any(entry.key == "_choice" for entry in screen.fields) or (screen.buttons and not screen.fields):
        return _chosen(screen, form)
    form = gathered(screen, form)
    removed = _removed(screen, form)
    items = _items(screen, form, uploads, removed)
    fields = [
        entry
        for entry in screen.fields
        if entry.path is not None and entry.active and (entry.group is None or entry.group in items)
    ]
    read = _Reading(form, uploads, limits or Limits())
    values: dict[str, Any] = {}
    errors: dict[str, str] = {}
    shown = _Shown(fields, read, known)
    for entry in fields:
        if not shown.is_shown(entry) or entry.extras.get("disabled") is True:
            continue  # not there for this visitor, or not to be filled in
        assert entry.path is not None  # noqa: S101 - chosen above
        try:
            values[entry.path] = _value(entry, read, screen)
        except _Wrong as error:
            errors[entry.key] = str(error)
    if errors:
        return Rejected(errors=errors)
    if screen.list_collect is None:
        items = ()
    return Accepted(values=values, removed=removed, items=items)


def shown_fields(screen: Screen, form: Form, known: Callable[[str], Any] = lambda path: None) -> list[ScreenField]:
    """The fields that a visitor sees who has filled in *form* so far."""
    fields = [entry for entry in screen.fields if entry.path is not None and entry.active]
    shown = _Shown(fields, _Reading(form, {}, Limits()), known)
    return [entry for entry in fields if shown.is_shown(entry)]


def gathered(screen: Screen, form: Form) -> Form:
    """*form* with the boxes of each group under the key of their field: pages send every box under a name of its own
    (``screen.box_name``), programs may send the keys of those that are ticked."""
    found: dict[str, list[str]] = {key: list(values) for key, values in form.items()}
    for entry in screen.fields:
        if entry.datatype not in MANY or entry.path is None:
            continue
        ticked = [option.key for option in entry.options if "True" in form.get(box_name(entry, option), ())]
        if entry.none_key is not None and "True" in form.get(box_name(entry, None), ()):
            ticked.append(entry.none_key)
        if ticked:
            found[entry.key] = found.get(entry.key, []) + ticked
    return found


def _chosen(screen: Screen, form: Form) -> Accepted | Rejected:
    options = screen.buttons
    for entry in screen.fields:
        if entry.key == "_choice":
            options = entry.options
    given = next(iter(form.get("_choice", ())), None)
    option = next((option for option in options if option.key == given), None)
    if option is None:
        return Rejected(errors={"_choice": word("You need to select one.")})
    is_action = option.action not in (None, "continue") and bool(screen.buttons)
    return Accepted(values={}, choice=int(option.key), action=option if is_action else None)


# -------------------------------------------------------------------------------------------------------- list collect


def _removed(screen: Screen, form: Form) -> tuple[int, ...]:
    if screen.list_collect is None or not screen.list_collect.get("allow_delete", True):
        return ()
    return tuple(sorted({int(text) for text in form.get("_removed", ()) if text.isascii() and text.isdigit()}))


def _items(screen: Screen, form: Form, uploads: Mapping[str, Sequence[Upload]], removed: tuple[int, ...]) -> tuple[int, ...]:
    """The items that were on the screen from the start, and those spare ones in which something was written."""
    if screen.list_collect is None:
        return ()
    kept = int(screen.list_collect.get("groups") or 1)
    groups = sorted({entry.group for entry in screen.fields if entry.group is not None})
    return tuple(
        group
        for group in groups
        if group not in removed and (group < kept or any(_is_filled(entry, form, uploads) for entry in screen.fields if entry.group == group))
    )


def _is_filled(entry: ScreenField, form: Form, uploads: Mapping[str, Sequence[Upload]]) -> bool:
    if entry.datatype in ("range",):
        return False
    return any(text.strip() for text in form.get(entry.key, ())) or bool(uploads.get(entry.key))


# ----------------------------------------------------------------------------------------------------------- conditions


@dataclass(frozen=True, slots=True)
class _Reading:
    form: Form
    uploads: Mapping[str, Sequence[Upload]]
    limits: Limits

    def first(self, key: str) -> str | None:
        return next(iter(self.form.get(key, ())), None)

    def all(self, key: str) -> list[str]:
        return list(self.form.get(key, ()))

    def is_there(self, key: str) -> bool:
        return key in self.form or bool(self.uploads.get(key))


class _Shown:
    """Which fields the visitor saw, as their conditions say with what was posted."""

    def __init__(self, fields: list[ScreenField], read: _Reading, known: Callable[[str], Any]) -> None:
        self._by_path: dict[str | None, list[ScreenField]] = {}
        for entry in fields:
            self._by_path.setdefault(entry.path, []).append(entry)
        self._read = read
        self._known = known
        self._found: dict[int, bool] = {}

    def is_shown(self, entry: ScreenField) -> bool:
        """Whether every condition of *entry* holds."""
        place = id(entry)  # not its key: several fields may set one variable, each shown when the others are not
        if place not in self._found:
            self._found[place] = True  # conditions that go round in a circle show the field
            self._found[place] = all(self._holds(condition, entry) for condition in entry.show_if)
        return self._found[place]

    def _holds(self, condition: ShowIf, entry: ScreenField) -> bool:
        if condition.script is not None:
            # Only the browser can decide it. It does not send hidden inputs; boxes that nobody ticked are not sent either.
            return self._read.is_there(entry.key) or entry.datatype in MANY | {"boolean"}
        if condition.variable is None:
            return True
        matches = self._matches(condition.variable, condition.value)
        return matches if condition.kind in ("show", "enable") else not matches

    def _matches(self, path: str, wanted: Any) -> bool:
        fields_of_screen = self._by_path.get(path)
        if fields_of_screen is None:
            box = self._box(path)
            if box is not None:
                return box == _truthy(wanted)
            return _agrees(self._known(path), wanted)
        return any(_agrees(_plain_value(entry, self._read), wanted) for entry in fields_of_screen if self.is_shown(entry))

    def _box(self, path: str) -> bool | None:
        """Whether a box of a group of boxes is ticked, for conditions such as ``fruit['apple']``."""
        try:
            parsed = names.parse(path)
        except names.BadPath:
            return None
        if not parsed.steps:
            return None
        group = next(iter(self._by_path.get(str(parsed.parent), ())), None)
        if group is None or group.datatype not in KEY_SETS:
            return None
        ticked = set(self._read.all(group.key)) if self.is_shown(group) else set()
        return any(option.variable == path and option.key in ticked for option in group.options)


def _truthy(value: Any) -> bool:
    return value is True or str(value) == "True"


def _agrees(value: Any, wanted: Any) -> bool:
    """As the browser compares: the texts are the same; True means ticked or chosen."""
    if isinstance(value, list | tuple | set):
        return any(_agrees(item, wanted) for item in value)
    if value is None:
        return str(wanted) in ("None", "")
    if str(value) == str(wanted):
        return True
    if _truthy(wanted):
        return value is True
    try:
        return float(value) == float(wanted)
    except (TypeError, ValueError):
        return False


def _plain_value(entry: ScreenField, read: _Reading) -> Any:
    """The value of another field, for a condition; None for what cannot be read."""
    try:
        value = _value(entry, read, None, strict=False)
    except _Wrong:
        return read.first(entry.key)
    match value:
        case Keys():
            return [key for key, ticked in value.ticked.items() if ticked]
        case ObjectAt():
            return value.path
        case ObjectsAt():
            return list(value.paths)
    return value


# ---------------------------------------------------------------------------------------------------------------- values


def _value(entry: ScreenField, read: _Reading, screen: Screen | None, *, strict: bool = True) -> Any:
    """What *entry* is set to. Raises _Wrong; without *strict* nothing is required."""
    kind = screen.kind if screen is not None else ""
    if entry.input_type == "continue" or kind == "settrue":
        return True
    if entry.datatype in FILES:
        return _files(entry, read, strict)
    if entry.datatype == "signature":
        return _signature(entry, read, strict)
    if entry.datatype in MANY:
        return _boxes(entry, read, strict)
    if lookups.is_looked_up(entry):
        return _looked_up(entry, read, strict)
    if entry.options or entry.object_path:
        return _one_of(entry, read, strict)
    text = read.first(entry.key) or ""
    _check_text(text, entry, read.limits)
    if entry.datatype == "boolean":
        return _boolean(entry, read, text, strict)
    if entry.datatype == "threestate":
        return _threestate(entry, text, strict)
    custom = datatypes.find(entry.datatype)
    text = _joined_parts(entry, read, text)
    if custom is None and entry.datatype == "al_international_phone":
        text = _phone(entry, text.strip(), read.first(f"{entry.key}.country"))
    if custom is None and entry.datatype not in ("raw", "password") and entry.input_type != "area":
        text = text.strip()
    if strict and entry.required and not text.strip():
        raise _Wrong(_message(entry, "required", word("This field is required.")))
    if custom is not None:
        return _custom(custom, entry, text)
    return _typed(entry, text.replace("\r\n", "\n"))


def _message(entry: ScreenField, key: str, usual: str) -> str:
    return entry.validation_messages.get(key) or usual


def _check_text(text: str, entry: ScreenField, limits: Limits) -> None:
    if NOT_ALLOWED.search(text):
        raise _Wrong(word("This has a character that cannot be used. Please type it again."))
    limit = limits.area if entry.input_type in ("area", "hidden") or entry.datatype == "raw" else limits.text
    if len(text) > limit:
        raise _Wrong(word("This is too long. Please shorten it."))


def _joined_parts(entry: ScreenField, read: _Reading, text: str) -> str:
    """A date typed in three boxes, when no script joined them."""
    parts = [(read.first(f"{entry.key}.{name}") or "").strip() for name in ("year", "month", "day")]
    if text or not any(parts):
        return text
    year, month, day = parts
    if not all(part.isascii() and part.isdigit() for part in parts):
        return "/".join((month, day, year))
    return f"{int(month):02d}/{int(day):02d}/{int(year):04d}"


def _phone(entry: ScreenField, text: str, country: str | None) -> str:
    """A telephone number as it was typed when it is of the server's own country, and with ``+`` and the country's code when it is of
    another. Raises _Wrong for what cannot be one."""
    import phonenumbers

    if not text:
        return text
    home = current().country
    region = country if country in phonenumbers.SUPPORTED_REGIONS else home
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or phonenumbers.is_possible_number_with_reason(number) != phonenumbers.ValidationResult.IS_POSSIBLE:
        usual = word("Please enter a telephone number with its area code.")
        raise _Wrong(_message(entry, entry.datatype, usual))
    if region == home or text.startswith("+"):
        return text
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL))


_EMPHASIS = re.compile(r"</?(?:strong|b|em|i|u|small|span)(?:\s[^<>]*)?>", re.IGNORECASE)


def in_words(complaint: str) -> str:
    """What the code of an interview says of an answer, without the tags by which docassemble's pages would have stressed a part of it."""
    return _EMPHASIS.sub("", re.sub(r"\s*<br\s*/?>\s*", " ", complaint, flags=re.IGNORECASE))


def _custom(custom: datatypes.DataType, entry: ScreenField, text: str) -> Any:
    if not text.strip() and custom.skip_if_empty:
        return custom.type.empty()
    try:
        fine = custom.type.call_validate(text, entry.path or "", {})
        if fine is False:
            raise _Wrong(entry.validation_messages.get(custom.jq_rule or "") or custom.jq_message or word("Please enter a valid value."))
        return custom.type.call_transform(text, entry.path or "", {})
    except _Wrong:
        raise
    except Exception as error:
        if getattr(error, "says_to_visitor", False):
            raise _Wrong(in_words(str(error))) from error
        raise _Wrong(word("Please enter a valid value.")) from error


def _boolean(entry: ScreenField, read: _Reading, text: str, strict: bool) -> bool | None:
    is_tick = entry.input_type in ("yesno", "noyes", "yesnowide", "noyeswide")
    sign = entry.extras.get("sign", 1)
    if is_tick:
        ticked = text in ("True", "False", "on", "1")
        if strict and entry.required and not ticked:
            raise _Wrong(_message(entry, "required", word("This field is required.")))
        return ticked if sign > 0 else not ticked
    if text in ("True", "False"):
        return text == "True"
    if strict and entry.required:
        raise _Wrong(_message(entry, "required", word("You need to select one.")))
    return None


def _threestate(entry: ScreenField, text: str, strict: bool) -> bool | None:
    if text in ("True", "False"):
        return text == "True"
    if strict and entry.required and text != "None":
        raise _Wrong(_message(entry, "required", word("You need to select one.")))
    return None


def _one_of(entry: ScreenField, read: _Reading, strict: bool) -> Any:
    """A choice of one."""
    given = read.first(entry.key)
    if given is not None and given == entry.none_key:
        return None
    option = next((option for option in entry.options if option.key == given), None)
    if option is None:
        if entry.input_type in ("combobox", "datalist") and given and given.strip():
            text = given.strip()
            _check_text(text, entry, read.limits)
            same = next((option for option in entry.options if option.label == text), None)
            return same.value if same is not None else _typed(entry, text)
        if strict and entry.required and entry.options:
            raise _Wrong(_message(entry, "required", word("You need to select one.")))
        return None
    if entry.object_path:
        return ObjectAt(str(option.value))
    if entry.datatype in NUMBERS | {"integer"}:
        return _typed(entry, option.value) if isinstance(option.value, str) else option.value
    is_number = isinstance(option.value, int | float) and not isinstance(option.value, bool)
    return str(option.value) if is_number else option.value


def _looked_up(entry: ScreenField, read: _Reading, strict: bool) -> Any:
    """A choice of those that the interview's code found (``engine.lookups``), or what the field had before."""
    given = (read.first(entry.key) or "").strip()
    option = lookups.chosen(entry, given)
    if option is not None:
        return _typed(entry, str(option.value))
    if (given and lookups.is_new(entry, given)) or (not given and strict and entry.required):
        raise _Wrong(_message(entry, "combobox required", word("You need to select one.")))
    return _typed(entry, given)


def _boxes(entry: ScreenField, read: _Reading, strict: bool) -> Keys | ObjectsAt:
    """Several of many."""
    given = set(read.all(entry.key))
    chosen = [option for option in entry.options if option.key in given]
    if entry.none_key in given:
        chosen = []
    elif entry.all_key in given:
        chosen = list(entry.options)
    elif strict and not chosen and entry.required and entry.options and entry.none_of_the_above is not None and not entry.minlength:
        usual = word("Check at least one option, or check “%s”") % (entry.none_of_the_above,)
        raise _Wrong(_message(entry, "checkboxes required", usual))
    if strict and entry.none_key not in given:
        _check_count(entry, len(chosen))
    if entry.datatype in OBJECT_SETS:
        return ObjectsAt(tuple(str(option.value) for option in chosen))
    keys = {option.key for option in chosen}
    return Keys({_box_key(option): option.key in keys for option in entry.options})


def _box_key(option: Option) -> Any:
    assert option.variable is not None  # noqa: S101 - every box of a KEY_SETS field has one
    step = names.parse(option.variable).steps[-1]
    assert isinstance(step, names.Item)  # noqa: S101 - so are all names of boxes
    return names.key_value(step.key, {})


def _check_count(entry: ScreenField, count: int) -> None:
    least, most = entry.minlength, entry.maxlength
    what = "multiselect" if entry.datatype.endswith("multiselect") else "checkbox"
    if least is not None and most is not None and least == most and count != least:
        raise _Wrong(_message(entry, f"{what} minmaxlength", word("Please select exactly %s.") % (least,)))
    if least is not None and count < least:
        usual = word("Please select one.") if least == 1 else word("Please select at least %s.") % (least,)
        raise _Wrong(_message(entry, f"{what} minlength", usual))
    if most is not None and count > most:
        raise _Wrong(_message(entry, f"{what} maxlength", word("Please select no more than %s.") % (most,)))


def _files(entry: ScreenField, read: _Reading, strict: bool) -> Uploaded | None:
    given = tuple(upload for upload in read.uploads.get(entry.key, ()) if upload.name or upload.data)
    if not given:
        if strict and entry.required and not entry.extras.get("held"):
            raise _Wrong(_message(entry, "file required", word("You must provide a file.")))
        return None
    return Uploaded(given if entry.datatype == "files" else given[:1])


def _signature(entry: ScreenField, read: _Reading, strict: bool) -> Drawn | None:
    text = read.first(entry.key) or ""
    if text.startswith("data:image/png;base64,"):
        try:
            png = base64.b64decode(text.partition(",")[2], validate=True)
        except (binascii.Error, ValueError) as error:
            raise _Wrong(word("Your signature did not arrive. Please sign again.")) from error
        if len(png) > PICTURE_LIMIT or not png.startswith(b"\x89PNG\r\n\x1a\n"):
            raise _Wrong(word("Your signature did not arrive. Please sign again."))
        return Drawn(png)
    typed = (read.first(f"{entry.key}.typed") or "").strip()
    if typed:
        _check_text(typed, entry, read.limits)
        return Drawn(written_name(typed[:80]))
    if strict and entry.required:
        raise _Wrong(word("You must sign your name to continue."))
    return None


def written_name(name: str) -> bytes:
    """A typed name as the picture of a signature, PNG."""
    from PIL import Image, ImageDraw, ImageFont

    font = ImageFont.load_default(72)
    left, top, right, bottom = font.getbbox(name)
    picture = Image.new("RGBA", (int(right - left) + 24, int(bottom - top) + 24), (255, 255, 255, 0))
    ImageDraw.Draw(picture).text((12 - left, 12 - top), name, font=font, fill=(10, 20, 60, 255))
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


# ----------------------------------------------------------------------------------------------------------------- types


def _typed(entry: ScreenField, text: str) -> Any:
    """*text* as the entry's data type. Raises _Wrong."""
    kind = entry.datatype
    if kind == "integer":
        return _number(entry, text, _integer, word("Please enter a whole number."))
    if kind in NUMBERS:
        return _number(entry, text, _float, word("Please enter a number."))
    if kind == "date":
        return _date(entry, text)
    if kind in DATES_IN_PARTS:
        return _date(entry, text) or None
    if kind == "datetime":
        return _moment(entry, text)
    if kind == "time":
        return _time(entry, text)
    if kind == "email" and text and not EMAIL.fullmatch(text):
        raise _Wrong(_message(entry, "email", word("Please enter a valid e-mail address.")))
    _check_length(entry, text)
    return text


def _check_length(entry: ScreenField, text: str) -> None:
    if entry.minlength is not None and text and len(text) < entry.minlength:
        raise _Wrong(_message(entry, "minlength", word("You must type at least %s characters.") % (entry.minlength,)))
    if entry.maxlength is not None and len(text) > entry.maxlength:
        raise _Wrong(_message(entry, "maxlength", word("You cannot type more than %s characters.") % (entry.maxlength,)))


def _integer(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        number = float(text)
        if not number.is_integer():
            raise
        return int(number)


def _float(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


LARGEST = 1e100
"""More than anybody counts, and little enough for an interview to reckon with: Python cannot write a whole number beyond 1e308 as an
amount of money, and a product beyond it is infinite."""


def _number(entry: ScreenField, text: str, make: Callable[[str], int | float], usual: str) -> int | float:
    bare = re.sub(r"[\s,%$€£]", "", text)
    if not bare:
        return make("0")
    try:
        if "_" in bare or not bare.isascii():
            raise ValueError(bare)
        number = make(bare)
        if abs(number) > LARGEST:
            raise OverflowError
    except (ValueError, OverflowError) as error:
        raise _Wrong(_message(entry, "number", usual)) from error
    least, most = _as_number(entry.min), _as_number(entry.max)
    if least is not None and number < least:
        raise _Wrong(_message(entry, "min", word("You need to enter a number that is at least %s.") % (entry.min,)))
    if most is not None and number > most:
        raise _Wrong(_message(entry, "max", word("You need to enter a number that is at most %s.") % (entry.max,)))
    return number


def _as_number(value: Any) -> float | None:
    try:
        return None if value is None else float(value)
    except (TypeError, ValueError):
        return None


def _date(entry: ScreenField, text: str) -> Any:
    if not text:
        return ""
    try:
        made = as_datetime(text)
    except (ValueError, OverflowError, TypeError) as error:
        raise _Wrong(_message(entry, "date", word("You need to enter a valid date."))) from error
    if not 1 <= made.year <= 9999:
        raise _Wrong(_message(entry, "date", word("You need to enter a valid date.")))
    _check_range(entry, made.date())
    return made


def _check_range(entry: ScreenField, day: datetime.date) -> None:
    least, most = _as_day(entry.min), _as_day(entry.max)
    if least is not None and most is not None and not least <= day <= most:
        usual = word("You need to enter a date between %s and %s.") % (format_date(least), format_date(most))
        raise _Wrong(_message(entry, "date minmax", usual))
    if least is not None and day < least:
        raise _Wrong(_message(entry, "date min", word("You need to enter a date on or after %s.") % (format_date(least),)))
    if most is not None and day > most:
        raise _Wrong(_message(entry, "date max", word("You need to enter a date on or before %s.") % (format_date(most),)))


def _as_day(value: Any) -> datetime.date | None:
    if value is None or value == "":
        return None
    try:
        made: datetime.date = as_datetime(str(value)).date()
    except (ValueError, OverflowError, TypeError):
        return None
    return made


def _moment(entry: ScreenField, text: str) -> Any:
    if not text:
        return ""
    try:
        return as_datetime(text)
    except (ValueError, OverflowError, TypeError) as error:
        raise _Wrong(_message(entry, "datetime", word("You need to enter a valid date and time."))) from error


def _time(entry: ScreenField, text: str) -> Any:
    if not text:
        return ""
    try:
        return as_datetime(f"1970-01-01 {text}").time()
    except (ValueError, OverflowError, TypeError) as error:
        raise _Wrong(_message(entry, "time", word("You need to enter a valid time."))) from error


def paths_of(screen: Screen) -> Iterable[str]:
    """Every path that an answer to *screen* may set."""
    return (entry.path for entry in screen.fields if entry.path is not None)


