"""What a rehearsal of the workflows runs with: for the test, and for the bench."""

load("//tests/deploy:place.bzl", "PLACE_DATA", "PLACE_ENV")

REHEARSAL_DATA = PLACE_DATA + ["//tools/ci:release"]

REHEARSAL_ENV = PLACE_ENV | {"MADE_RELEASE": "$(rootpath //tools/ci:release)"}
