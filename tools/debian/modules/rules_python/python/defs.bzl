"""py_library, py_binary and py_test, with the attributes that README.md lists; any other fails."""

load("//python/private:rules.bzl", _py_binary = "py_binary", _py_library = "py_library", _py_test = "py_test")

py_binary = _py_binary
py_library = _py_library
py_test = _py_test
