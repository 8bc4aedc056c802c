"""Freed memory stays with the process where the C library can be told so."""

from hub.heap import keep_freed_memory


def test_glibc_takes_all_three_settings_and_another_library_is_left_alone(monkeypatch):
    assert keep_freed_memory() in {True, False}
    monkeypatch.setattr("ctypes.CDLL", lambda _name: object())
    assert keep_freed_memory() is False
