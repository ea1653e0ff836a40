"""An oci_image for each case."""

load("@rules_oci//oci:defs.bzl", "oci_image")
load(":cases.bzl", "IMAGES", "LAYOUTS", "MADE")
load(":made.bzl", "layout", "made")

def case_images(name):
    """Makes the images of all cases, and a filegroup of them and their digests.

    Args:
        name: the filegroup.
    """
    for tar, src in MADE.items():
        made(name = tar, testonly = True, src = src)
    for base, folder in LAYOUTS.items():
        layout(
            name = base,
            testonly = True,
            srcs = native.glob([folder + "/**"]),
            folder = folder,
        )
    for image, attributes in IMAGES.items():
        oci_image(name = image, testonly = True, **attributes)
    native.filegroup(
        name = name,
        testonly = True,
        srcs = IMAGES.keys() + [image + ".digest" for image in IMAGES],
    )
