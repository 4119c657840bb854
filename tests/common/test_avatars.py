"""Portraits: steady, different, and harmless under a strict Content-Security-Policy."""

import os
import subprocess
import sys
from xml.etree import ElementTree

import pytest

from common.avatars import portrait

DRAW = "from common.avatars import portrait; print(portrait('person-7', 'female'))"


@pytest.mark.parametrize("hash_seed", ["1", "2"])
def test_the_same_seed_is_the_same_face_in_every_process(hash_seed):
    drawn = subprocess.run(
        [sys.executable, "-c", DRAW],
        env=os.environ | {"PYTHONHASHSEED": hash_seed},
        capture_output=True,
        check=True,
        text=True,
    )
    assert drawn.stdout.strip() == portrait("person-7", "female")


def test_a_hundred_people_look_different():
    assert len({portrait(str(seed)) for seed in range(100)}) == 100


def test_portraits_are_well_formed_and_carry_no_style_or_script():
    for seed in range(200):
        svg = portrait(f"person-{seed}", ("female", "male", "")[seed % 3])
        names = {attribute for part in ElementTree.fromstring(svg).iter() for attribute in part.attrib}
        assert not {name for name in names if name == "style" or name.startswith("on")}
        assert "{" not in svg
        assert len(svg) < 2500
