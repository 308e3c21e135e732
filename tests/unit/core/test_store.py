"""States by key: going over them in slices."""

from streamseg.core.store import Store


def texts() -> Store[str]:
    return Store(b"t", lambda _, value: value.decode(), str.encode)


def test_a_walk_comes_to_each_key_once_in_order_behind_its_cursor() -> None:
    store = texts()
    for key in (b"d", b"a", b"c"):
        store.load(key, b"at rest")
    store.loaded()
    store.get("c")
    store.add("b", "new")
    store.remove("d")
    walk = store.walk(b"a")
    assert not walk.is_over
    assert [walk.next(), walk.next()] == [b"b", b"c"]
    assert walk.is_over
    assert walk.next() is None


def test_a_walk_has_the_keys_of_when_it_began() -> None:
    store = texts()
    store.add("a", "")
    walk = store.walk(b"")
    store.add("b", "")
    assert walk.next() == b"a"
    assert walk.is_over
