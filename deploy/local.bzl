"""What `bazel run //deploy:local` runs with: for it, and for whatever starts it as a person would."""

LOCAL_DATA = [
    "//deploy:resolved_pipeline.json",
    "//orchestrator",
    "//orchestrator:image",
    "//steps:images",
    "//steps:layout_images.json",
    "//steps:process_images.json",
    "//steps:programs",
    "//tests/data:usgs-2018-02.geojson",
    "//tools/emulator",
    "//tools/fdsn_replay",
    "@debian//:tree",
    "@debian//:usr/libexec/bwrap",
]

LOCAL_ENV = {
    "CATALOGUE": "$(rootpath //tests/data:usgs-2018-02.geojson)",
    "EMULATOR": "$(rootpath //tools/emulator)",
    "FDSN_REPLAY": "$(rootpath //tools/fdsn_replay)",
    "LAYOUT_IMAGES": "$(rootpath //steps:layout_images.json)",
    "NIGHTJAR_BUBBLEWRAP": "$(rootpath @debian//:usr/libexec/bwrap)",
    "ORCHESTRATOR": "$(rootpath //orchestrator)",
    "PROCESS_IMAGES": "$(rootpath //steps:process_images.json)",
    "RESOLVED_PIPELINE": "$(rootpath //deploy:resolved_pipeline.json)",
}
