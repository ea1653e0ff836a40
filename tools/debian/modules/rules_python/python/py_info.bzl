"""The provider of Python targets."""

PyInfo = PyInfo  # buildifier: disable=native-py
