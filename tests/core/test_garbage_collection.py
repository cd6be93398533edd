"""Big libraries are imported, and left, without looking for garbage; afterwards it is looked for as before."""

from __future__ import annotations

import gc
import subprocess
import sys

import pytest
from burnish import garbage_collection


def test_nothing_is_collected_while_libraries_are_imported_and_all_is_as_before_afterwards() -> None:
    assert gc.isenabled()
    try:
        with garbage_collection.importing("a_big_library"):
            assert not gc.isenabled()
            for_good = [[number] for number in range(1000)]
        assert gc.isenabled()
        assert not any(found is for_good for found in gc.get_objects()), "it is not looked at again"
    finally:
        gc.unfreeze()


def test_where_the_library_is_there_already_collecting_goes_on_and_nothing_is_kept_from_it() -> None:
    before = gc.get_freeze_count()
    with garbage_collection.importing("pytest"):
        assert gc.isenabled()
    assert gc.get_freeze_count() == before


def test_who_switched_collecting_off_keeps_it_off() -> None:
    gc.disable()
    try:
        with garbage_collection.importing("a_big_library"):
            pass
        assert not gc.isenabled()
    finally:
        gc.unfreeze()
        gc.enable()


def test_an_import_that_fails_leaves_collecting_on() -> None:
    with pytest.raises(ImportError), garbage_collection.importing("a_big_library"):
        raise ImportError
    gc.unfreeze()
    assert gc.isenabled()


def test_the_end_of_a_process_spares_the_search_and_runs_what_was_asked_for_before_it() -> None:
    code = """
import atexit, gc
from burnish import garbage_collection
atexit.register(lambda: print("kept:", gc.get_freeze_count() > 1000))
garbage_collection.leave_quickly()
garbage_collection.leave_quickly()
atexit.register(lambda: print("said before:", gc.get_freeze_count()))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["said before: 0", "kept: True"]
