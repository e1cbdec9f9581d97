"""Settings: one table."""

from __future__ import annotations

from pathlib import Path

import pytest

from engross.errors import OperatorError
from engross.settings import Setting, Settings, load_settings, misspelt_variables, table


@pytest.mark.parametrize("setting", list(table()), ids=lambda setting: setting.name)
def test_every_setting_has_a_line_of_help(setting: Setting) -> None:
    """One sentence, on one line, that ends."""
    assert setting.help
    assert "\n" not in setting.help
    assert setting.help[0].isupper() or setting.help.startswith("S3")
    assert setting.help.endswith((".", "…"))


def test_the_environment_wins_over_the_file_and_the_call_over_both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the module's docstring says."""
    file = tmp_path / "engross.toml"
    file.write_text('port = 1\nhost = "file"\nundo_steps = 5\n[config]\nkey = {inner = 3}\n')
    monkeypatch.setenv("ENGROSS_SETTINGS", str(file))
    monkeypatch.setenv("ENGROSS_PORT", "2")
    monkeypatch.setenv("ENGROSS_HOST", "environment")

    settings = load_settings(host="call")

    assert ("call", 2, 5, {"key": {"inner": 3}}) == (settings.host, settings.port, settings.undo_steps, settings.config)


def test_a_wrong_value_is_told_with_name_value_and_meaning() -> None:
    """The operator reads what to mend."""
    with pytest.raises(OperatorError, match=r"`port`.*'x'.*Port the web server listens on"):
        load_settings(port="x")


def test_an_unknown_setting_is_told_with_the_nearest() -> None:
    """A slip of the pen does not pass in silence."""
    with pytest.raises(OperatorError, match=r"no setting `prot`. Did you mean `port`"):
        load_settings(prot=1)


def test_a_misspelt_variable_of_the_environment_is_told_with_the_nearest(monkeypatch: pytest.MonkeyPatch) -> None:
    """And what is nobody's slip of the pen is passed over: containers have variables such as ENGROSS_PORT_8000_TCP_PROTO."""
    monkeypatch.setenv("ENGROSS_DATA_FODLER", "/x")
    monkeypatch.setenv("ENGROSS_WWXXYYZZ", "1")

    assert ["The environment has ENGROSS_DATA_FODLER, which is no setting. Did you mean ENGROSS_DATA_FOLDER?"] == misspelt_variables()


def test_a_child_process_gets_the_same_settings() -> None:
    """as_arguments gives them back, secrets too."""
    settings = load_settings(smtp_password="p", interviews=("a", "b"), config={"x": [1]})

    assert settings == Settings(**settings.as_arguments())


def test_secrets_are_not_shown() -> None:
    """Neither in repr nor in an error."""
    settings = load_settings(smtp_password="hunter2")

    assert "hunter2" not in repr(settings)
    with pytest.raises(OperatorError) as error:
        load_settings(master_key=["hunter2"])
    assert "hunter2" not in str(error.value)
