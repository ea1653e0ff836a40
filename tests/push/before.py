"""A step before a line of it is changed; it is in an image and never run."""

from steps.kit import entry, outputs

SAID = "before"
USED = (entry, outputs)
