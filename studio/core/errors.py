"""The errors a person may see, each a sentence: what is wrong, with which file or value, what to
do.

StudioError
├── BadInput        something the person gave cannot be used
│   ├── BadPreset   a preset's file, or a preset that a model cannot take
│   └── BadState    a render's kept state, from which it was to go on
├── ModelMissing    a model folder is not there, not whole or not usable
├── OutOfMemory     the device or the machine ran out of memory
└── DiskFull        there is no room for what has to be written
"""

from __future__ import annotations


class StudioError(Exception):
    """A failure with a sentence for the person at the screen."""


class BadInput(StudioError):
    """A value or file that cannot be used; nothing was written."""


class BadPreset(BadInput):
    """A preset whose file is damaged, or whose settings are impossible."""


class BadState(BadInput):
    """A state that a render cannot go on from: it is missing, damaged, foreign, newer or another's;
    the render can be started anew.
    """


class ModelMissing(StudioError):
    """A model folder that is not there, lacks a part, or holds one that cannot be used."""


class OutOfMemory(StudioError):
    """The device or the machine has too little memory for this render."""


class DiskFull(StudioError):
    """The disk has no room for the clip or a state."""
