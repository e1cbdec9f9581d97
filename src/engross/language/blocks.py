"""The block model: what an interview is made of, as frozen data.

``parse`` makes these from YAML, ``engine`` runs them. Texts and expressions are kept as source with their place
(``Text``, ``Expression``) and compiled once by ``expressions``. What an author may leave out has a default here, so that nobody
downstream asks whether a key was given.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import Any

from engross.errors import Where


@dataclass(frozen=True, slots=True)
class Expression:
    """Python source of one expression, or of statements when ``statements`` is set."""

    source: str
    where: Where
    statements: bool = False


@dataclass(frozen=True, slots=True)
class Text:
    """Words for people: Mako inside Markdown. ``plain`` when there is nothing for Mako to do."""

    source: str
    where: Where
    plain: bool = False


Value = Text | Expression | str | int | float | bool | None
"""What a YAML value may be where docassemble takes text, code (``{code: …}``) or a constant."""


# ------------------------------------------------------------------------------------------------- choices and fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One thing to choose."""

    label: Text
    value: Value | Any = None
    """A constant or a Text with Mako; custom data types may have lists and dictionaries of constants. None when choosing runs
    ``block`` or ``action``."""
    help: Text | None = None
    default: bool = False
    image: str | None = None
    show_if: Expression | None = None
    color: str | None = None
    css_class: str | None = None
    group: str | None = None
    block: Block | None = None
    """The block embedded in this choice: ``Yes: {code: …}`` or ``Yes: {question: …}``."""
    action: str | None = None
    """``continue restart exit leave logout new_session refresh signin register``, for buttons without a variable."""
    url: Value = None
    code: Expression | None = None
    """In place of one choice, an expression that gives a list of them (``- code: x`` among other choices)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What can be chosen: listed, computed, or objects."""

    items: tuple[Choice, ...] = ()
    code: Expression | None = None
    objects: tuple[Expression, ...] = ()
    """For object fields: the objects or lists of objects to choose from."""
    exclude: tuple[Expression, ...] = ()


class Condition(enum.Enum):
    """The ``show if`` family: what happens to the field when the condition holds."""

    SHOW = "show if"
    HIDE = "hide if"
    ENABLE = "enable if"
    DISABLE = "disable if"


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldCondition:
    """When a field is shown or can be used."""

    kind: Condition
    variable: str | None = None
    """Another variable of the screen (or of the answers) that decides in the browser."""
    value: Value = None
    """What that variable must be; None means "true"."""
    code: Expression | None = None
    """Decided on the server before the screen is shown."""
    script: Text | None = None
    """``js show if``: JavaScript with ``val("name")``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One entry under ``fields``: an input, or words between inputs (``note``, ``html``)."""

    where: Where
    variable: str | None = None
    """As written: ``users[i].name.first``; None for notes and for a field that is only text."""
    label: Text | None = None
    """None with ``no_label`` or for notes."""
    no_label: bool = False
    datatype: str = "text"
    """docassemble's name; unknown names are kept and behave as text."""
    input_type: str | None = None
    choices: Choices | None = None
    required: bool | Expression = True
    default: Value | tuple[Value, ...] | dict[str, Any] = None
    hint: Text | None = None
    help: Text | None = None
    note: Text | None = None
    html: Text | None = None
    raw: bool = False
    """``raw html``: ``html`` goes to the page as it is, without Markdown."""
    under_text: Text | None = None
    conditions: tuple[FieldCondition, ...] = ()
    min: Value = None
    max: Value = None
    minlength: Value = None
    maxlength: Value = None
    step: Value = None
    scale: Value = None
    validate: Expression | None = None
    validation_messages: dict[str, Text] = field(default_factory=dict)
    none_of_the_above: bool | Text | None = None
    """None: the default of the data type."""
    all_of_the_above: bool | Text = False
    disable_others: bool | tuple[str, ...] = False
    uncheck_others: bool | tuple[str, ...] = False
    check_others: bool | tuple[str, ...] = False
    shuffle: bool = False
    object_labeler: Expression | None = None
    help_generator: Expression | None = None
    image_generator: Expression | None = None
    rows: Value = None
    accept: Expression | None = None
    maximum_image_size: Value = None
    image_upload_type: Value = None
    address_autocomplete: Value | dict[str, Any] = None
    label_above_field: bool | Expression | None = None
    floating_label: bool | Expression | None = None
    grid: Value | dict[str, Any] = None
    item_grid: Value | dict[str, Any] = None
    css_class: Text | None = None
    currency_symbol: Text | None = None
    inline: bool = False
    inline_width: Value = None
    permissions: dict[str, Any] = field(default_factory=dict)
    """Who may see an uploaded file: ``private persistent allow users allow privileges``."""
    extras: dict[str, Value] = field(default_factory=dict)
    """Parameters of custom data types, and keys kept for look only."""


@dataclass(frozen=True, slots=True)
class FieldsFromCode:
    """``- code: x.name_fields()``: fields that an expression gives as a list of dictionaries."""

    code: Expression


# ------------------------------------------------------------------------------------------------------------- blocks


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconsidered:
    """Names to compute again, or all that the block sets (``reconsider: True``)."""

    always: bool = False
    variables: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Block:
    """What every block has."""

    where: Where
    name: str
    """``ID <id>`` or ``Question_<n>`` by position: the key under which the answers remember that it ran."""
    number: int
    """Position in the interview after all includes, from 0; later blocks are preferred."""
    package: str = ""
    """The package its file belongs to."""
    source: str = ""
    """The YAML text."""
    id: str | None = None
    mandatory: bool | Expression = False
    initial: bool | Expression = False
    conditions: tuple[Expression, ...] = ()
    """``if``"""
    generic: str | None = None
    """``generic object``: a class name."""
    sets: tuple[str, ...] = ()
    """Every pattern this block is chosen for when one of them is sought, from its kind, ``sets``, ``only sets`` and
    ``event``; in order, without doubles, and written as ``str(names.parse(...))`` writes them."""
    other_sets: tuple[str, ...] = ()
    """What it also sets but is not sought for (``only sets``, ``scan for variables: False``, code of an ``event``)."""
    events: tuple[str, ...] = ()
    need: tuple[Expression, ...] = ()
    need_post: tuple[Expression, ...] = ()
    depends_on: tuple[str, ...] = ()
    reconsider: Reconsidered = Reconsidered()
    undefine: tuple[str, ...] = ()
    on_change: tuple[Any, ...] = ()
    language: str = "*"
    supersedes: tuple[str, ...] = ()
    scan_for_variables: bool = True
    role: tuple[str, ...] = ()
    section: str | None = None
    comment: str | None = None

    @property
    def label(self) -> str:
        """How people are told which block it is."""
        return f"`{self.id}`" if self.id else f"at {self.where}"


class QuestionKind(enum.Enum):
    """How a question is answered; the value is docassemble's name for it."""

    FIELDS = "fields"
    SETTRUE = "settrue"
    """Only a Continue button that sets ``continue_button_field``."""
    YESNO = "yesno"
    NOYES = "noyes"
    YESNOMAYBE = "yesnomaybe"
    NOYESMAYBE = "noyesmaybe"
    MULTIPLE_CHOICE = "multiple_choice"
    SIGNATURE = "signature"
    REVIEW = "review"
    DEADEND = "deadend"
    """No way on: a last screen, or an event's screen with or without buttons for other actions."""
    RESPONSE = "response"
    """Sends a file, text, JSON or a redirect in place of a screen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewItem:
    """One line of a review screen."""

    where: Where
    label: Text | None = None
    targets: tuple[Any, ...] = ()
    """What the link asks for: variables, or ``{recompute: [...]}``, ``{undefine: …}``, ``{invalidate: …}``,
    ``{set: …}``, ``{follow up: …}``, ``{action: …, arguments: …}``."""
    button: Text | None = None
    help: Text | None = None
    note: Text | None = None
    html: Text | None = None
    raw: bool = False
    """``raw html``: ``html`` goes to the page as it is."""
    show_if: tuple[Expression, ...] = ()
    css_class: Text | None = None
    color: str | None = None
    action: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionButton:
    """One of a question's ``action buttons``."""

    label: Text
    action: Text | None = None
    arguments: dict[str, Value] = field(default_factory=dict)
    url: Text | None = None
    color: Value = None
    icon: Value = None
    placement: Value = None
    new_window: Value = None
    css_class: Value = None
    show_if: Expression | None = None
    code: Expression | None = None
    """Gives the whole list of buttons."""
    forget_prior: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Help:
    """The help of a question or of the interview."""

    content: Text
    label: Text | None = None
    heading: Text | None = None
    audio: tuple[Text, ...] = ()
    video: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ListCollect:
    """``list collect``: several items of a list on one screen."""

    enabled: Value = True
    is_final: Value = None
    """None when not written: the list is complete once the screen is answered."""
    label: Text | None = None
    allow_append: Value = True
    allow_delete: Value = True
    add_another_label: Text | None = None


@dataclass(frozen=True, kw_only=True)
class Question(Block):
    """A screen."""

    kind: QuestionKind
    question: Text
    subquestion: Text | None = None
    fields: tuple[Field | FieldsFromCode, ...] = ()
    fields_code: Expression | None = None
    """``fields: {code: …}``: the whole list."""
    variable: str | None = None
    """What a yes/no, multiple choice or signature sets; for the other kinds the same as ``continue_button_field``."""
    continue_button_field: str | None = None
    """What the Continue button sets to True, also beside other inputs."""
    choices: Choices | None = None
    choice_style: str = "radio"
    """``radio buttons dropdown combobox``: how a multiple choice looks."""
    buttons: Choices | None = None
    """Buttons that set nothing: exit, restart, links."""
    field_datatype: str | None = None
    """``datatype`` of a multiple-choice ``field`` at top level; ``boolean`` or ``threestate`` when all values say so."""
    shuffle: bool = False
    validation_messages: dict[str, Text] = field(default_factory=dict)
    default: Value = None
    none_of_the_above: bool | Text | None = None
    required: bool | Expression = True
    review: tuple[ReviewItem, ...] = ()
    skip_undefined: Value = True
    """For reviews: leave out what is not known yet."""
    attachments: tuple[Attachment, ...] = ()
    attachment_code: Expression | None = None
    attachment_options: dict[str, Any] = field(default_factory=dict)
    """How the papers are offered: ``allow emailing``, ``email subject``, ``zip filename`` … as Value, by their YAML key."""
    validation_code: Expression | None = None
    list_collect: ListCollect | None = None
    action_buttons: tuple[ActionButton, ...] = ()
    help: Help | None = None
    under: Text | None = None
    right: Text | None = None
    pre: Text | None = None
    post: Text | None = None
    submit: Text | None = None
    css: Text | None = None
    script: Text | None = None
    css_class: Text | None = None
    table_css_class: Text | None = None
    decorations: tuple[Text, ...] = ()
    terms: dict[str, Text] = field(default_factory=dict)
    auto_terms: dict[str, Text] = field(default_factory=dict)
    audio: tuple[Text, ...] = ()
    video: tuple[Text, ...] = ()
    progress: Value = None
    continue_label: Text | None = None
    continue_color: Value = None
    back_button: Value = None
    back_button_label: Text | None = None
    corner_back_button_label: Text | None = None
    resume_label: Text | None = None
    skip_label: Text | None = None
    reload: Value = None
    """Seconds as written, True for the default, or a Text with Mako."""
    prevent_going_back: Value = False
    hide_continue_button: Value = False
    disable_continue_button: Value = False
    response: dict[str, Value] = field(default_factory=dict)
    """For RESPONSE: one of ``response``, ``binaryresponse``, ``all_variables``, ``response filename``, ``redirect``;
    with ``content type`` and ``response code``."""
    breadcrumb: Text | None = None
    tabular: Text | bool = False
    """For reviews: show it as a table, of this CSS class."""
    check_in: str | None = None
    extras: dict[str, Value] = field(default_factory=dict)
    """Keys kept for look only."""


@dataclass(frozen=True, kw_only=True)
class Require(Block):
    """``require`` with ``orelse``: when one of the expressions is false, the block ``orelse`` is used."""

    requirements: tuple[Expression, ...]
    orelse: Block


@dataclass(frozen=True, kw_only=True)
class Code(Block):
    """``code``"""

    code: Expression


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectDeclaration:
    """One line under ``objects``: ``users: ALPeopleList.using(there_are_any=True)``."""

    variable: str
    value: Expression


@dataclass(frozen=True, kw_only=True)
class Objects(Block):
    """``objects``"""

    declarations: tuple[ObjectDeclaration, ...]


@dataclass(frozen=True, kw_only=True)
class ObjectsFromFile(Block):
    """``objects from file``"""

    files: tuple[tuple[str, Text], ...]
    """(variable, file under ``data/sources``)"""
    use_objects: bool | Expression = True


@dataclass(frozen=True, kw_only=True)
class Data(Block):
    """``variable name`` with ``data`` or ``data from code``: constants, or texts/expressions at the leaves."""

    variable: str
    value: Any
    """Lists and dictionaries with Text (``data``) or Expression (``data from code``) leaves."""
    from_code: bool = False
    use_objects: bool | str = False
    """True, or ``objects`` when the leaves may also name classes."""
    gathered: bool | Expression = True


@dataclass(frozen=True, kw_only=True)
class Template(Block):
    """``template``"""

    variable: str
    content: Text
    subject: Text | None = None
    content_file: Expression | None = None
    """``content file: {code: …}``; a named file is read into ``content`` when the interview is loaded."""
    target: str | None = None
    css_class: str | None = None
    decorations: tuple[Text, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Table(Block):
    """``table``"""

    variable: str
    rows: Expression
    columns: tuple[tuple[Text, Expression], ...]
    """(heading, cell)"""
    edit: tuple[Any, ...] | bool = False
    """What the Edit button asks for: attribute names or commands; True for a bare Edit, False for none."""
    edit_header: Text | None = None
    delete_buttons: bool | None = None
    """None: as docassemble has it, with an Edit button there is also a Delete button, else none."""
    allow_reordering: bool = False
    read_only: str | None = None
    confirm: bool = False
    require_gathered: bool = True
    show_incomplete: Value = None
    show_if_empty: Value = None
    """``show if empty``: True, False or a text to show in place of the table."""
    not_available_label: Text | None = None
    filter: Expression | None = None
    sort_key: Expression | None = None
    sort_reverse: Value = None
    css_class: Text | None = None
    indent: Value = False
    extras: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """One paper: a template with the values for it, or text."""

    where: Where
    package: str = ""
    name: Text | None = None
    filename: Text | None = None
    description: Text | None = None
    variable: str | None = None
    """``variable name``"""
    docx_template: Text | Expression | tuple[Text | Expression, ...] | None = None
    """A file under ``data/templates``, or an expression for one; several are joined before they are filled."""
    pdf_template: Text | Expression | None = None
    content: Text | None = None
    """Its words, or those of its ``content file``."""
    content_file: Expression | None = None
    """``content file: {code: …}``"""
    fields: tuple[tuple[str, Any], ...] = ()
    """(field name, Text | Expression | constant | dict/list of those)"""
    fields_given: bool = False
    """Whether ``fields``, ``code``, ``field code`` or ``field variables`` was written: a DOCX template then gets those values and
    nothing else; without them it sees all answers."""
    fields_code: Expression | None = None
    """``code`` beside ``fields``: a dictionary of values, or a list of dictionaries."""
    field_code: tuple[tuple[str, Expression], ...] = ()
    field_variables: tuple[str, ...] = ()
    raw_field_variables: tuple[str, ...] = ()
    skip_undefined: Value = False
    editable: Value = True
    valid_formats: Value | tuple[str, ...] = None
    pdfa: Value = False
    tagged_pdf: Value = False
    update_references: Value = False
    redact: Value = True
    password: Value = None
    owner_password: Value = None
    template_password: Value = None
    decimal_places: Value = None
    checkbox_export_value: Value = None
    rendering_font: Value = None
    docx_reference_file: Value = None
    metadata: dict[str, Any] = field(default_factory=dict)
    language: str | None = None
    persistent: Value = None
    private: Value = None
    raw: str | None = None
    """``raw: True`` with a content file: the ending of the file that is made from it, ``.txt``."""
    manual: dict[str, Expression] = field(default_factory=dict)
    """format → expression that gives the file"""
    manual_code: Expression | None = None
    options: dict[str, Any] = field(default_factory=dict)
    """Other keys, as written."""


@dataclass(frozen=True, kw_only=True)
class AttachmentBlock(Block):
    """``attachment`` or ``attachments`` without a ``question``: defines each paper's variable."""

    attachments: tuple[Attachment, ...]
    attachment_code: Expression | None = None


@dataclass(frozen=True, kw_only=True)
class Settings(Block):
    """A block that only says something of the interview: ``metadata features sections terms images interview help default
    screen parts translations default language default role imports modules include order reset on change …``.

    ``parse`` keeps its content as YAML data under ``values``; ``interview`` collects it into Interview's attributes.
    """

    values: dict[str, Any] = field(default_factory=dict)
