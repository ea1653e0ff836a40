"""The public macros and rules: what the BUILD files of steps, tests and releases load."""

load("//tools/bazel/private:layout_images.bzl", _layout_images = "layout_images")
load("//tools/bazel/private:process_images.bzl", _process_images = "process_images")
load("//tools/bazel/private:pytest.bzl", _coverage_test = "coverage_test", _pytest_test = "pytest_test")
load("//tools/bazel/private:resolved_pipeline.bzl", _resolved_pipeline = "resolved_pipeline")
load("//tools/bazel/private:step.bzl", _step = "step")
load("//tools/bazel/private:step_image.bzl", _program_image = "program_image", _step_image = "step_image")

coverage_test = _coverage_test
layout_images = _layout_images
process_images = _process_images
program_image = _program_image
pytest_test = _pytest_test
resolved_pipeline = _resolved_pipeline
step = _step
step_image = _step_image
