"""An image of a program: its layers, the image, the variant with a shell, the SBOM and the test."""

load("@rules_oci//oci:defs.bzl", "oci_image", "oci_load")
load("//images:wheels.bzl", "LARGE_WHEELS")
load("//tools/bazel/private:layers_debian.bzl", "debian_layer")
load("//tools/bazel/private:layers_image.bzl", "image_layers", "sbom")
load("//tools/bazel/private:layers_python.bzl", "program_layer")
load("//tools/bazel/private:pytest.bzl", "pytest_test")

_WHEELS = ["//images:wheel_" + wheel for wheel in LARGE_WHEELS]

# What every image is put to.
_TESTS = ["conftest", "test_recorded", "test_sbom", "test_start", "test_structure", "test_tls"]

# A user without a name outside of the image, the same as distroless images have.
_USER = "65532"

def step_image(name, program, debs = [], visibility = ["//visibility:public"]):
    """Makes the image of a py_binary, to be started as the module that its package is.

    Beside the image `name`: `NAME_debug` with a shell, `NAME_load` (puts it into Docker or podman), `sbom` (CycloneDX
    JSON), `test_NAME`, and the layers `NAME_wheels`, `NAME_kit`, `NAME_app` and `NAME_debs`. `./bazelw run //images:record`
    writes `NAME.json`, with which the test compares.

    Args:
        name: the image's name.
        program: the py_binary.
        debs: further Debian packages, by name; they have to be in the Debian lock, and what they need as well.
        visibility: of the image and of what belongs to it.
    """
    package = native.package_name()
    program_image(name = name, debs = debs, program = program, visibility = visibility)
    oci_image(
        name = name + "_debug",
        base = name,
        tars = ["//images:shell"],
        visibility = visibility,
    )
    oci_load(
        name = name + "_load",
        image = name,
        repo_tags = ["nightjar/{}:latest".format(package)],
        visibility = visibility,
    )
    sbom(
        name = "sbom",
        out = name + ".cdx.json",
        image = package,
        layers = name + "_layers",
        visibility = visibility,
    )
    pytest_test(
        name = "test_" + name,
        size = "medium",
        srcs = ["//tests/images:{}.py".format(module) for module in _TESTS],
        data = [
            name,
            name + "_debug",
            name + ".cdx.json",
            "//:requirements.lock",
            "//tools/debian:debian.lock",
            "@debian//:drift.json",
            "@debian//:tree",
            "@debian//:usr/libexec/bwrap",
        ] + native.glob(
            [name + ".json"],
            allow_empty = True,  # A new image has no record yet; the test says so.
        ),
        env = {
            "IMAGE": "$(rootpath {})".format(name),
            "IMAGE_DEBUG": "$(rootpath {}_debug)".format(name),
            "IMAGE_DRIFT": "$(rootpath @debian//:drift.json)",
            "IMAGE_SBOM": "$(rootpath {}.cdx.json)".format(name),
            "NIGHTJAR_BUBBLEWRAP": "$(rootpath @debian//:usr/libexec/bwrap)",
        },
        deps = ["//tests/images:support"],
    )

def program_image(name, program, debs = [], visibility = ["//visibility:public"]):
    """Makes the image of a py_binary and its layers, and nothing beside.

    Args:
        name: the image's name.
        program: the py_binary; the image starts the module that its package is.
        debs: further Debian packages.
        visibility: of the image and of its layers.
    """
    package = native.package_name()
    parts = ["wheels", "kit", "app"]
    for part in parts:
        program_layer(
            name = "{}_{}".format(name, part),
            apart = _WHEELS if part == "wheels" else [],
            part = part,
            program = program,
        )
    if debs:
        debian_layer(
            name = name + "_debs",
            packages = ["@debs//:{}.deb".format(deb) for deb in debs],
        )
    image_layers(
        name = name + "_layers",
        above = ["{}_{}".format(name, part) for part in parts],
        below = ["//images:ssl", "//images:base", "//images:python"] + ([name + "_debs"] if debs else []),
        program = program,
        visibility = visibility,
        wheels = _WHEELS,
    )
    oci_image(
        name = name,
        architecture = "amd64",
        entrypoint = ["/usr/bin/python3.13", "-I", "-m", package.replace("/", ".")],
        env = {
            "LANG": "C.UTF-8",
            "PATH": "/usr/bin",
        },
        labels = {"org.opencontainers.image.title": "nightjar/" + package},
        os = "linux",
        tars = [name + "_layers"],
        user = _USER,
        visibility = visibility,
        workdir = "/",
    )
