"""What a place to deploy to on this machine is made of: the files that `//tests/deploy:place` runs, and their names."""

_COMMANDS = [
    "apply",
    "bootstrap",
    "plan",
    "push",
    "rollback",
    "secret",
    "verify",
]

PLACE_DATA = [
    "//deploy:resolved_pipeline.json",
    "//orchestrator",
    "//orchestrator:image",
    "//steps:images",
    "//steps:layout_images.json",
    "//tests/data:usgs-2018-02.geojson",
    "//tools/emulator",
    "//tools/fdsn_replay",
    "@debian//:drift.json",
    "@debian//:tree",
    "@debian//:usr/libexec/bwrap",
    "@debian//:usr/libexec/crane",
] + ["//deploy:" + command for command in _COMMANDS]

PLACE_ENV = {command.upper(): "$(rootpath //deploy:{})".format(command) for command in _COMMANDS} | {
    "CATALOGUE": "$(rootpath //tests/data:usgs-2018-02.geojson)",
    "CRANE": "$(rootpath @debian//:usr/libexec/crane)",
    "DRIFT": "$(rootpath @debian//:drift.json)",
    "EMULATOR": "$(rootpath //tools/emulator)",
    "FDSN_REPLAY": "$(rootpath //tools/fdsn_replay)",
    "LAYOUT_IMAGES": "$(rootpath //steps:layout_images.json)",
    "NIGHTJAR_BUBBLEWRAP": "$(rootpath @debian//:usr/libexec/bwrap)",
    "ORCHESTRATOR": "$(rootpath //orchestrator)",
    "RESOLVED_PIPELINE": "$(rootpath //deploy:resolved_pipeline.json)",
}
