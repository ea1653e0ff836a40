"""The rules of layers that //images is made of; an image itself is made by `step_image` of :defs.bzl."""

load("//tools/bazel/private:layers_debian.bzl", _debian_layer = "debian_layer")
load("//tools/bazel/private:layers_python.bzl", _wheel_layer = "wheel_layer")

debian_layer = _debian_layer
wheel_layer = _wheel_layer
