#!/bin/sh
# %target%: starts the program behind it with what the BUILD file says.

case $0 in
    *.runfiles/*) runfiles=${0%.runfiles/*}.runfiles ;;
    *) runfiles=$0.runfiles ;;
esac
exec "$runfiles/%program%" %arguments% "$@"
