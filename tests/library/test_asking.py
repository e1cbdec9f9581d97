"""value, defined, define and their kin; sections, tags and who is there."""

from __future__ import annotations

import pytest

from engross.context import Person
from engross.errors import AuthorError, Undefined, UndefinedName
from engross.flow import AskFor, Command, Respond, ShowMessage, StartAgain
from engross.library import asking
from engross.library.collections import DADict, DAList
from engross.library.objects import DAObject
from engross.library.people import Individual
from tests.library.conversation import visit


def test_defined_looks_without_asking_or_changing_anything() -> None:
    """A list of objects does not grow by being looked at."""
    with visit() as context:
        people = context.namespace["people"] = DAList("people", object_type=Individual, there_are_any=True)
        found = [
            asking.defined(name) for name in ("people", "people.there_are_any", "people[0].name", "nobody")
        ]

    assert ([True, True, False, False], 0) == (found, len(people.elements))


def test_defined_follows_indexes_that_are_variables() -> None:
    """``people[i].age`` and ``pets['dog']``."""
    with visit() as context:
        context.namespace.update(people=[DAObject("p", age=3)], i=0, pets=DADict("pets", elements={"dog": 1}))
        found = [
            asking.defined(name) for name in ("people[i].age", "people[i].size", "pets['dog']", "pets['cat']")
        ]

    assert [True, False, True, False] == found


def test_showifdef_gives_the_value_or_the_alternative() -> None:
    """Nothing is asked."""
    with visit() as context:
        context.namespace["client"] = DAObject("client", color="red")

        assert ("red", "", "?") == (
            asking.showifdef("client.color"),
            asking.showifdef("client.size"),
            asking.showifdef("client.size", "?"),
        )


def test_names_are_found_in_the_caller_s_variables_after_the_answers() -> None:
    """As docassemble did up to 1.9; a module's function may speak of its own variables."""
    with visit() as context:
        context.namespace["client"] = DAObject("client", color="red")
        thing = client = DAObject("thing", color="blue")

        assert "thing" == thing.instanceName == client.instanceName
        assert ("blue", "red") == (asking.value("thing.color"), asking.value("client.color"))


@pytest.mark.parametrize(
    ("name", "missing"),
    [("nobody.name", "nobody"), ("client.spouse.age", "client.spouse.age"), ("pets['dog']", "pets['dog']")],
)
def test_value_asks_for_the_part_that_is_missing(name: str, missing: str) -> None:
    """By the name of the object that misses it."""
    with visit() as context:
        client = context.namespace["client"] = DAObject("client")
        client.initializeAttribute("spouse", DAObject)
        context.namespace["pets"] = DADict("pets")
        with pytest.raises(Undefined) as undefined:
            asking.value(name)

    assert missing == undefined.value.path


def test_text_that_is_no_name_is_never_evaluated() -> None:
    """A call inside the text is a mistake, not a command."""
    with visit(), pytest.raises(AuthorError):
        asking.value("__import__('os').getcwd()")


def test_define_sets_a_variable_by_its_path() -> None:
    """Roots, attributes and items."""
    with visit() as context:
        context.namespace["client"] = DAObject("client")
        asking.define("client.age", 3)
        asking.define("pets", {})
        asking.set_variables({"pets['dog']": "Fido"})

        assert (3, {"dog": "Fido"}) == (context.namespace["client"].age, context.namespace["pets"])


def test_invalidate_remembers_the_old_value_as_a_default() -> None:
    """``undefine`` does not."""
    with visit() as context:
        context.namespace.update(a=1, b=2)
        asking.invalidate("a")
        asking.undefine("b", "never_there")

        assert ({"a": 1}, False, False) == (
            context.internal.dirty,
            "a" in context.namespace,
            "b" in context.namespace,
        )


def test_reconsider_computes_once_per_page() -> None:
    """The second call leaves the value alone."""
    with visit() as context:
        context.namespace["a"] = 1
        with pytest.raises(UndefinedName):
            asking.reconsider("a")
        context.namespace["a"] = 2
        asking.reconsider("a")

        assert 2 == context.namespace["a"]


def test_force_ask_turns_to_the_engine() -> None:
    """With names, commands, and names as the objects call themselves."""
    with visit() as context:
        context.namespace["x"] = DAObject("client")
        with pytest.raises(AskFor) as wish:
            asking.force_ask("x.age", {"recompute": ["x.size"]}, evaluate=True)

    assert ["client.age", {"recompute": ["client.size"]}] == wish.value.actions


def test_force_gather_stays_until_it_is_defined() -> None:
    """With the x and i it was called with, and once only."""
    with visit() as context:
        context.namespace["i"] = 2
        for _ in range(2):
            with pytest.raises(AskFor) as wish:
                asking.force_gather("people[i].age")

        assert ([{"var": "people[i].age", "context": {"i": 2}}], True) == (
            context.internal.gathering,
            wish.value.gathering,
        )


def test_endings_turn_to_the_engine() -> None:
    """message, response, json_response, command, re_run_logic."""
    turns = []
    for call in (
        lambda: asking.message("Stop", "Read this", show_exit=False),
        lambda: asking.response("text"),
        lambda: asking.json_response({"a": 1}, response_code=201),
        lambda: asking.response(url="https://example.com"),
        lambda: asking.command("exit", url="https://example.com"),
        asking.re_run_logic,
    ):
        with visit(), pytest.raises((ShowMessage, Respond, Command, StartAgain)) as turn:
            call()
        turns.append(turn.value)

    assert ("Stop", "Read this") == (turns[0].question, turns[0].subquestion)
    assert [("text", "text"), ("json", {"a": 1}), ("redirect", "https://example.com")] == [
        (turn.kind, turn.value) for turn in turns[1:4]
    ]
    assert (201, "exit", "https://example.com") == (turns[2].status, turns[4].kind, turns[4].url)


def test_forget_result_of_lets_blocks_run_again() -> None:
    """And forgets the choices made in them."""
    with visit() as context:
        context.internal.answered |= {"ID a", "ID b"}
        context.internal.choices |= {"ID a": 1, "ID a|WITH|x": 2, "ID ab": 3}
        asking.forget_result_of("a")

        assert ({"ID b"}, {"ID ab": 3}) == (context.internal.answered, context.internal.choices)


def test_validation_error_speaks_to_the_visitor() -> None:
    """Beside the field."""
    with pytest.raises(asking.DAValidationError) as error:
        asking.validation_error("Too young.", field="age")

    assert ("Too young.", "age", True) == (str(error.value), error.value.field, error.value.says_to_visitor)


def test_tasks_are_counted() -> None:
    """Until the counter is set."""
    with visit():
        before = asking.task_not_yet_performed("mail")
        asking.mark_task_as_performed("mail")
        counts = (asking.mark_task_as_performed("mail"), asking.times_task_performed("mail"))
        asking.set_task_counter("mail", 0)

        assert (True, (2, 2), False) == (before, counts, asking.task_performed("mail"))


def test_sections_are_remembered() -> None:
    """Where the visitor is, where they were, and what the section is called."""
    with visit() as context:
        asking.nav.set_sections(
            [{"about": "About you"}, {"end": "The end", "subsections": [{"print": "Print"}]}]
        )
        asking.nav.set_section("about")

        assert (False, True, "print", "Print", ["about", "end", "print"], {"about", "print"}) == (
            asking.nav.set_section("about"),
            asking.nav.set_section("print"),
            asking.nav.get_section(),
            asking.nav.get_section(display=True),
            asking.nav.section_ids(),
            context.internal.past_sections,
        )


def test_parts_progress_and_tags_are_kept() -> None:
    """In the engine's memory."""
    with visit() as context:
        asking.set_parts(title="New", short="N", continue_button_label="Go", unknown="?")
        asking.set_progress(50)
        asking.session_tags().add("second")

        assert (
            {"short title": "N", "title": "New", "continue button label": "Go"},
            50,
            {"first", "second"},
        ) == (
            context.internal.parts,
            asking.get_progress(),
            asking.session_tags(),
        )


def test_privileges_of_visitors_and_accounts() -> None:
    """Nobody signed in is a ``user``."""
    with visit():
        visitor = (asking.user_logged_in(), asking.user_has_privilege("admin"), str(asking.user_info()))
    with visit(
        person=Person(first_name="Ann", last_name="Jones", roles=frozenset({"admin"}), logged_in=True)
    ):
        account = (
            asking.user_logged_in(),
            asking.user_has_privilege(["admin", "x"]),
            str(asking.user_info()),
        )

    assert ((False, False, "Anonymous User"), (True, True, "Ann Jones")) == (visitor, account)


def test_all_variables_are_json_data() -> None:
    """Objects become tables; the engine's own names stay out."""
    with visit() as context:
        context.namespace.update(a=1, client=DAObject("client", color="red"), __builtins__={})

        assert {
            "a": 1,
            "client": {"_class": "docassemble.base.util.DAObject", "instanceName": "client", "color": "red"},
        } == asking.all_variables()


def test_a_function_may_refuse_to_ask() -> None:
    """``prevent_dependency_satisfaction`` turns what is undefined into an error."""

    @asking.prevent_dependency_satisfaction
    def shout(thing: DAObject) -> str:
        return str(thing.text)

    with pytest.raises(AuthorError) as error:
        shout(DAObject("thing"))

    assert "shout() needs `thing.text`, which is not defined." == str(error.value)


def test_the_browser_is_known_by_its_user_agent() -> None:
    """Telephones, tablets, computers."""
    agents = {
        "iPhone; Mobile": (True, False, False),
        "iPad": (False, True, False),
        "X11; Linux": (False, False, True),
    }
    for agent, expected in agents.items():
        with visit(device={"user_agent": agent}):
            found = asking.device()

            assert expected == (found.is_mobile, found.is_tablet, found.is_pc)


def test_language_from_browser_prefers_what_the_browser_prefers() -> None:
    """Among the languages the interview has."""
    with visit(device={"accept_language": "de-CH;q=0.9, fr;q=0.5, *;q=0.1"}):
        assert ("de-ch", "fr", None) == (
            asking.language_from_browser(),
            asking.language_from_browser("en", "fr"),
            asking.language_from_browser("es"),
        )


def test_a_snapshot_is_kept_beside_the_session() -> None:
    """One for each key; nothing leaves the session."""
    with visit() as context:
        context.namespace["a"] = 1
        asking.store_variables_snapshot(key="stats")
        asking.store_variables_snapshot({"b": 2})

        assert {"stats": {"a": 1}, "": {"b": 2}} == context.internal.misc["snapshots"]
        assert [] == context.outbox


def test_terms_can_be_added() -> None:
    """By dictionary or list, under folded names."""
    with visit() as context:
        asking.update_terms({"Green  Card": "A permit"})
        asking.update_terms(
            [{"phrases": ["a", "b"], "definition": "x"}, {"c": "y"}], auto=True, language="en"
        )

        assert {"*": {"green card": "A permit"}} == context.internal.misc["terms"]
        assert {"en": {"a": "x", "b": "x", "c": "y"}} == context.internal.misc["auto_terms"]


def test_variables_of_a_template_engine_are_not_the_interview_s() -> None:
    """A DOCX template that asks for ``context`` does not get Jinja's own."""
    import jinja2

    environment = jinja2.Environment(autoescape=True)
    environment.globals["showifdef"] = asking.showifdef
    with visit():
        shown = environment.from_string(
            "{{ showifdef('context', '-') }}{{ showifdef('resolve', '-') }}"
        ).render()

    assert "--" == shown
