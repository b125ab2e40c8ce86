"""A sentence for every block and group, and for nothing else."""

from __future__ import annotations

from muoquark.likelihood.likelihood import Likelihood
from muoquark.likelihood.meanings import BLOCK_MEANINGS, GROUP_MEANINGS, meaning_of
from muoquark.likelihood.snapshots import shipped


def test_every_block_and_group_has_a_sentence():
    blocks, groups = set(), set()
    for name in (*shipped(), "highpt"):
        likelihood = Likelihood(name)
        blocks |= set(likelihood.blocks)
        groups |= set(likelihood.groups)
    assert blocks == set(BLOCK_MEANINGS) and len(blocks) > 20
    assert groups == set(GROUP_MEANINGS) and len(groups) > 8
    sentences = [*BLOCK_MEANINGS.values(), *GROUP_MEANINGS.values()]
    assert len(set(sentences)) == len(sentences)
    assert all(one.endswith(".") and len(one) > 20 for one in sentences)


def test_of_a_user_nothing_is_said():
    assert meaning_of("mine") == ""
