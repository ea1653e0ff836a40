#!/bin/sh
# Starts %target% on the toolchain's interpreter. Needs nothing on PATH but, behind a link, readlink.

program=$0
while :; do
    if [ -d "$program.runfiles" ]; then
        RUNFILES_DIR=$program.runfiles
        break
    fi
    case $program in
        *.runfiles/*)
            RUNFILES_DIR=${program%.runfiles/*}.runfiles
            break
            ;;
    esac
    if [ ! -L "$program" ]; then
        echo "$0: its runfiles are gone; build it again" >&2
        exit 70
    fi
    link=$(readlink "$program")
    case $link in
        /*) program=$link ;;
        *) program=$(dirname "$program")/$link ;;
    esac
done
case $RUNFILES_DIR in
    /*) ;;
    *) RUNFILES_DIR=$PWD/$RUNFILES_DIR ;;
esac

PYTHONPATH=$RUNFILES_DIR/%workspace_name%
imports=%imports%
while [ -n "$imports" ]; do
    PYTHONPATH=$PYTHONPATH:$RUNFILES_DIR/${imports%%:*}
    case $imports in
        *:*) imports=${imports#*:} ;;
        *) imports= ;;
    esac
done

unset PYTHONHOME PYTHONSTARTUP
export PYTHONPATH RUNFILES_DIR PYTHONNOUSERSITE=1
exec "$RUNFILES_DIR/%python_binary%" -P "$RUNFILES_DIR/%main%" "$@"
