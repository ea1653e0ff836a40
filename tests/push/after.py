"""A step after a line of it was changed; it is in an image and never run."""

from steps.kit import entry, outputs

SAID = "after"
USED = (entry, outputs)
