"""Values that interview code keeps under keys; they live with the session."""

from __future__ import annotations

import pytest

from engross.errors import OperatorError
from engross.library import keeping
from engross.library.keeping import DAGlobal, DARedis, DAStore
from engross.store import codec
from tests.library.conversation import visit


def test_a_store_keeps_values_with_the_session() -> None:
    """By base; what is not there is None."""
    with visit():
        store = DAStore("store", base="interview")
        store.set("color", "red")
        other = DAStore("other")

        assert ("red", True, ["color"], None) == (
            store.get("color"),
            store.defined("color"),
            store.keys(),
            other.get("color"),
        )


def test_redis_gives_bytes_and_data_gives_objects() -> None:
    """As the client of Redis does; a key begins with the interview's name."""
    with visit():
        redis = DARedis("r")
        redis.set("color", "red")
        redis.set_data("basket", ["apple"])

        assert ("docassemble.x:data/questions/x.yml:x", b"red", ["apple"], None, 2) == (
            redis.key("x"), redis.get("color"), redis.get_data("basket"), redis.get("nothing"), redis.exists("color", "basket"),
        )  # fmt: skip


def test_redis_counts_and_collects() -> None:
    """Counters, lists and sets under keys."""
    with visit():
        redis = DARedis("r")
        redis.rpush("list", "b", "c")
        redis.lpush("list", "a")

        assert (1, 3, 2, [b"a", b"b", b"c"], [b"b"], 1, 0, {b"x"}) == (
            redis.incr("n"), redis.incr("n", 2), redis.decr("n"), redis.lrange("list", 0, -1), redis.lrange("list", 1, 1),
            redis.sadd("set", "x"), redis.sadd("set", "x"), redis.smembers("set"),
        )  # fmt: skip


def test_what_expires_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    """After as many seconds as were said."""
    with visit():
        redis = DARedis("r")
        now = keeping.time.time()
        redis.set_data("a", 1, expire=30)
        before = redis.get_data("a")
        monkeypatch.setattr(keeping.time, "time", lambda: now + 31)

        assert (1, None, []) == (before, redis.get_data("a"), redis.keys())


def test_what_redis_could_do_besides_is_not_configured() -> None:
    """The sentence names the method."""
    with visit(), pytest.raises(OperatorError, match=r"DARedis.publish\(\) was called"):
        DARedis("r").publish("channel", "word")


def test_records_have_numbers() -> None:
    """Each key has its own records; a deleted one is gone."""
    with visit():
        first = keeping.write_record("fruit", {"a": 1})
        second = keeping.write_record("fruit", {"b": 2})
        keeping.delete_record("fruit", first)

        assert ({second: {"b": 2}}, {}) == (keeping.read_records("fruit"), keeping.read_records("nuts"))


def test_a_stash_opens_with_its_secret() -> None:
    """And with no other."""
    with visit():
        key, secret = keeping.stash_data({"a": 1})

        assert (None, {"a": 1}, {"a": 1}, None) == (
            keeping.retrieve_stashed_data(key, "wrong"),
            keeping.retrieve_stashed_data(key, secret),
            keeping.retrieve_stashed_data(key, secret, delete=True),
            keeping.retrieve_stashed_data(key, secret),
        )


def test_the_key_of_a_stash_is_letters_and_digits() -> None:
    """It stands in addresses, and Markdown takes underlines in an address for emphasis."""
    with visit():
        assert all("".join(keeping.stash_data(number)).isalnum() for number in range(30))


def test_a_global_object_has_what_another_with_its_key_was_given() -> None:
    """By base and key."""
    with visit():
        one = DAGlobal("one", base="interview", key="count")
        one.total = 5
        other = DAGlobal("other", base="interview", key="count")

        assert ("other", 5, True, ["count"], False) == (
            other.instanceName, other.total, DAGlobal.defined("interview", "count"), DAGlobal.keys("interview"),
            DAGlobal.defined("user", "count"),
        )  # fmt: skip


def test_what_is_kept_is_saved_with_the_answers() -> None:
    """All of it can be written down and read again."""
    with visit() as context:
        DARedis("r").set_data("a", {"x": (1, {b"y"})}, expire=60)
        keeping.write_record("fruit", [1])
        DAGlobal("one", base="user", key="k").total = 5
        data = codec.encode(context.internal, lambda module, name: DAGlobal)
        kept = codec.decode(data, lambda module, name: DAGlobal).misc["kept"]

    assert ({"x": (1, {b"y"})}, {"1": [1]}, 5) == (kept["redis"]["a"][0], kept["records fruit"], kept["global user"]["k"].total)
