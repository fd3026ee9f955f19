"""Filters: one variant filter at a time, and what is set."""

from polytop.model.target import ClientEnv, Filters


def test_choosing_one_variant_filter_lets_the_other_go() -> None:
    by_id = Filters().with_changes(variant_id="v1")
    assert by_id.with_changes(variant_name="Main") == Filters(variant_name="Main")
    assert by_id.with_changes(variant_name="Main").with_changes(variant_id="v2") == Filters(
        variant_id="v2"
    )


def test_a_change_leaves_the_rest_alone() -> None:
    before = Filters(ClientEnv.SANDBOX, "v1", language="en-GB")
    after = before.with_changes(phone_number="+441", language=None)
    assert after == Filters(ClientEnv.SANDBOX, "v1", phone_number="+441")
    assert before.with_changes() == before
    assert before.with_changes(variant_id=None) == Filters(ClientEnv.SANDBOX, language="en-GB")


def test_active_names_what_is_set_without_the_environment() -> None:
    assert Filters(ClientEnv.SANDBOX).active() == ()
    filters = Filters(variant_name="Main", phone_number="+441")
    assert filters.active() == (("variant_name", "Main"), ("phone_number", "+441"))
