"""Everything an interview can use without asking: docassemble's ``from docassemble.base.util import *``.

``NAMES`` gathers them from the library's files, each of which says in its own ``__all__`` or by plain names what it has.
``missing(name)`` answers for what docassemble has and Engross has not.
"""

from __future__ import annotations

import dis
import importlib
import importlib.util
import json
import re
import sys
from collections.abc import Callable, Mapping
from itertools import chain
from types import FrameType, ModuleType
from typing import Any

from engross.library.absent import PAGE, Absent, admit
from engross.library.words import first_wording

STANDARD = tuple(
    """
alpha roman item_label ordinal ordinal_number comma_list word get_language set_language get_dialect get_voice set_country
get_country get_locale set_locale update_locale comma_and_list need nice_number quantity_noun currency_symbol verb_past
verb_present noun_plural noun_singular indefinite_article capitalize space_to_underscore force_ask force_gather period_list
name_suffix currency static_image title_case url_of process_action url_action get_info set_info get_config
prevent_going_back qr_code action_menu_item from_b64_json defined define value message response json_response command
single_paragraph quote_paragraphs location_returned location_known user_lat_lon interview_url interview_url_action
interview_url_as_qr interview_url_action_as_qr LatitudeLongitude RoleChangeTracker Name IndividualName Address City Event
Person Thing Individual ChildList FinancialList PeriodicFinancialList Income Asset Expense Value PeriodicValue OfficeList
Organization objects_from_file send_email send_sms send_fax map_of selections BackgroundAction DAObject DAList DADict
DAOrderedDict DASet DAFile DAFileCollection DAFileList DAStaticFile DAEmail DAEmailRecipient DAEmailRecipientList DATemplate
DAEmpty DALink last_access_time last_access_delta last_access_days last_access_hours last_access_minutes returning_user
action_arguments action_argument timezone_list as_datetime current_datetime date_difference date_interval year_of month_of
day_of dow_of format_date format_datetime format_time today get_default_timezone user_logged_in interface user_privileges
user_has_privilege user_info current_context task_performed task_not_yet_performed mark_task_as_performed
times_task_performed set_task_counter background_action background_response background_response_action
background_error_action us DARedis DACloudStorage DAGoogleAPI MachineLearningEntry SimpleTextMachineLearner
SVMMachineLearner RandomForestMachineLearner set_live_help_status chat_partners_available phone_number_in_e164
phone_number_formatted phone_number_is_valid countries_list country_name write_record read_records delete_record
variables_as_json all_variables ocr_file ocr_file_in_background read_qr get_sms_session initiate_sms_session
terminate_sms_session language_from_browser device interview_email get_emails plain bold italic path_and_mimetype
states_list state_name subdivision_type indent raw fix_punctuation set_progress get_progress referring_url
run_python_module undefine invalidate dispatch yesno noyes split showif showifdef phone_number_part pdf_concatenate
set_parts log encode_name decode_name interview_list interview_menu server_capabilities session_tags include_docx_template
get_chat_log get_user_list get_user_info set_user_info get_user_secret create_user invite_user create_session
get_session_variables set_session_variables go_back_in_session manage_privileges start_time zip_file validation_error
DAValidationError redact forget_result_of re_run_logic reconsider action_button_html url_ask overlay_pdf get_question_data
set_title set_save_status single_to_double_newlines RelationshipTree DAContext DAOAuth DAStore explain clear_explanations
logic_explanation set_status get_status verbatim add_separators DAWeb DAWebError json re iso_country assemble_docx
docx_concatenate store_variables_snapshot stash_data retrieve_stashed_data update_terms chain DABreadCrumbs set_variables
language_name DA DAGlobal run_action_in_session transform_json_variables
""".split()  # noqa: SIM905 - a list of 260 strings would fill the page
)
"""The names in docassemble 1.10's ``docassemble.base.util.__all__``."""

SOURCES = (
    "locales", "words", "text", "numbers", "dates", "geography", "datatypes", "interchange", "html",
    "objects", "collections", "people", "finance", "legal", "templates", "files", "mail", "addenda",
    "bundles", "exhibits", "asking", "actions", "background", "keeping", "structures", "jinja", "randomness", "faults",
    "this_thread", "elsewhere", "sessions", "session_query", "foreign_server",
)  # fmt: skip
"""The library's files; the first that has a name gives it."""


def _on_first_use(name: str) -> ModuleType | None:
    """The module of that name, loaded when something in it is first looked at; None when it is not installed."""
    known = sys.modules.get(name)
    if known is not None:
        return known
    spec = importlib.util.find_spec(name)
    if spec is None or spec.loader is None:
        return None
    spec.loader = importlib.util.LazyLoader(spec.loader)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


_PLAIN: dict[str, Any] = {"json": json, "re": re, "chain": chain}
if (_us := _on_first_use("us")) is not None:
    _PLAIN["us"] = _us
_WHY = {
    "a machine learning service": "MachineLearningEntry SimpleTextMachineLearner SVMMachineLearner RandomForestMachineLearner",
    "a telephone service": "send_fax get_sms_session initiate_sms_session terminate_sms_session",
    "a Google service": "DAGoogleAPI DACloudStorage",
}


_absent = {name for names in _WHY.values() for name in names.split()}
FOR_AUTHORS = frozenset(f"docassemble.base.{name}" for name in ("util", "functions", "core", "legal"))
"""Where a name that nobody has is a slip of the pen."""


def _module(name: str) -> ModuleType | None:
    """A file of the library, or None when this build does not have it."""
    try:
        return importlib.import_module(f"engross.library.{name}")
    except ImportError as error:
        if (error.name or "").startswith("engross.library"):
            return None
        raise


admit()  # packages that are imported from here on may ask for docassemble's insides
_modules = [module for module in map(_module, SOURCES) if module is not None]


def find(name: str) -> Any:
    """What the library knows under *name*, whether interviews get it unasked or modules import it. Raises KeyError."""
    if name in _PLAIN:
        return _PLAIN[name]
    if not name.startswith("_"):
        for module in _modules:
            value = vars(module).get(name, module)
            if value is not module and _belongs(value):
                return value
    return first_wording(name)


def _belongs(value: Any) -> bool:
    """Whether *value* is the library's own and not something one of its files imported for itself."""
    return not isinstance(value, ModuleType) and not str(getattr(value, "__module__", "engross.")).startswith(
        ("typing", "collections", "dataclasses", "functools", "babel", "__future__")
    )


def missing(name: str) -> str:
    """Why *name*, which docassemble has, is not here: a sentence that names the page where it is written down."""
    for service, names in _WHY.items():
        if name in names.split():
            return f"`{name}` needs {service}, which Engross does not have; see {PAGE}."
    return f"`{name}` is not part of Engross; see {PAGE} for what is and why."


def _gather() -> dict[str, Any]:
    names: dict[str, Any] = {}
    for name in (*STANDARD, "nav"):
        try:
            names[name] = find(name)
        except KeyError:
            continue
    return names


NAMES: dict[str, Any] = _gather()
"""Name → value, for the ``__builtins__`` of every interview."""


def _is_import(frame: FrameType) -> bool:
    """Whether *frame* is at a ``from … import …``, which puts a sentence of its own in place of an AttributeError's."""
    return dis.opname[frame.f_code.co_code[frame.f_lasti]] == "IMPORT_FROM"


def offer(module: str, extra: Mapping[str, Any] | None = None) -> tuple[Callable[[str], Any], list[str]]:
    """``__getattr__`` and ``__all__`` for one of the modules that packages import names from.

    A name that Engross does not have is an AttributeError (and, in ``from … import``, an ImportError) with the sentence of
    ``missing``; where docassemble keeps what is not meant for authors, and for its services, an ``Absent``.
    """
    own = dict(extra or {})

    def look_up(name: str) -> Any:
        if name in own:
            return own[name]
        if name.startswith("__"):
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        try:
            return find(name)
        except KeyError:
            if module not in FOR_AUTHORS or name in _absent:
                return Absent(f"{module}.{name}")
            sentence = f"{module}: {missing(name)}"
            if _is_import(sys._getframe(1)):
                raise ImportError(sentence, name=module) from None
            raise AttributeError(sentence) from None

    return look_up, sorted({*NAMES, *own})
