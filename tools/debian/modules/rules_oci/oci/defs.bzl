"""oci_image, oci_load and oci_push, with the attributes that README.md lists; any other fails."""

load("//oci/private:image.bzl", _oci_image = "oci_image")
load("//oci/private:run.bzl", _oci_load = "oci_load", _oci_push = "oci_push")

oci_image = _oci_image
oci_load = _oci_load
oci_push = _oci_push
