# The Debian root in which Bazel runs where its module registry is out of reach: made once in the cache, entered by
# pivot (bubblewrap), so that Bazel's own sandbox can make namespaces inside. How it is made is in make_root.sh.
# Sourced by `./bazelw`; POSIX sh.
# shellcheck shell=sh
# shellcheck disable=SC2154 # workspace and cache are set by bazelw.

root_list=$workspace/tools/debian/root.txt
root_recipe=$workspace/tools/debian/make_root.sh

# The folder of the root that belongs to the present list and recipe.
root_folder() {
    key=$(cat "$root_list" "$root_recipe" | sha256sum | cut -c 1-16)
    echo "$cache/debian/$key"
}

make_root() {
    root=$(root_folder)
    [ ! -e "$root/ready" ] || return 0
    problem=$(namespaces_problem)
    [ -z "$problem" ] || die "$problem"
    mkdir -p "$cache/debian"
    exec 9>"$cache/debian/lock"
    if ! flock -n 9; then
        say "another bazelw is making the root; waiting for it"
        flock 9
    fi
    if [ ! -e "$root/ready" ]; then
        # shellcheck source=tools/debian/make_root.sh
        . "$root_recipe"
        build_root
    fi
    exec 9>&-
}

# Goes on as a command inside the root. bubblewrap is the root's own, started by the root's own loader.
enter_root() {
    prepare_entry
    # shellcheck disable=SC2086 # Words; prepare_entry refuses paths with blanks.
    exec "$root/usr/lib64/ld-linux-x86-64.so.2" --library-path "$root/usr/lib/x86_64-linux-gnu" \
        "$root/usr/bin/bwrap" $entry "$@"
}

# Bazel inside the root. Its client is the child of bubblewrap, which passes no signals on, so that is done here; a
# terminal sends its interrupt to the client by itself, and a second one would count as impatience.
debian_bazel() {
    mkdir -p "$cache/tmp"
    # What goes on behind `&` has no standard input unless it is given one by another number. The root's name is among
    # the options so that a server of an earlier root makes way for a new one.
    {
        (enter_root /usr/bin/bazel --bazelrc="$workspace/tools/debian/debian.bazelrc" \
            --output_user_root="$cache/bazel" --host_jvm_args=-Djava.io.tmpdir="$cache/tmp" \
            --host_jvm_args=-Dnightjar.root="${root##*/}" "$@") <&8 8<&- &
        inside=$!
    } 8<&0
    trap 'forward TERM' TERM
    trap 'forward HUP' HUP
    if [ -t 0 ]; then trap signalled=yes INT; else trap 'forward INT' INT; fi
    # A signal ends the wait before Bazel ends; 127 says that it had ended before, with the code known already.
    signalled=yes
    while [ -n "$signalled" ]; do
        signalled=
        waited=0
        wait "$inside" || waited=$?
        [ "$waited" -eq 127 ] || code=$waited
    done
    trap - TERM HUP INT
    return "$code"
}

# No program is started here: a shell that starts one forgets what ended meanwhile.
forward() {
    signalled=yes
    children=
    read -r children 2>/dev/null <"/proc/$inside/task/$inside/children" || :
    # shellcheck disable=SC2086 # One word a process.
    kill -s "$1" $children 2>/dev/null || :
}

# bubblewrap's arguments. Of this machine the root sees: the workspace and the cache (writable), /tmp, devices, and the
# settings of names, certificates and pip. Bazel's server stays in the mounts of the call that started it.
prepare_entry() {
    folder=$(pwd -P)
    case $workspace$cache in
        *[[:space:]]*) die "Bazel needs paths without blanks: workspace $workspace, cache $cache" ;;
    esac
    case $folder/ in
        "$workspace"/*) ;;
        *) folder=$workspace ;;
    esac
    entry="--die-with-parent --dev-bind /dev /dev --bind /proc /proc --ro-bind /sys /sys --bind /tmp /tmp
        --ro-bind $root/usr /usr --ro-bind $root/etc /etc --ro-bind $root/var /var
        --symlink usr/bin /bin --symlink usr/lib /lib --symlink usr/lib64 /lib64 --symlink usr/sbin /sbin
        --dir /run --dir /var/tmp --dir ${HOME:-/} --bind $cache $cache --bind $workspace $workspace"
    for file in /etc/resolv.conf /etc/hosts /etc/pip.conf /etc/ssl /etc/pki /etc/ca-certificates; do
        bind "$(readlink -f "$file")" "$file"
    done
    for file in "${HOME:-/nowhere}/.config/pip" "${HOME:-/nowhere}/.pip" "${HOME:-/nowhere}/.netrc" "${PIP_CONFIG_FILE:-}"; do
        bind "$file" "$file"
    done
    entry="$entry --setenv PATH /usr/bin:/usr/sbin --unsetenv JAVA_HOME --unsetenv LD_PRELOAD
        --unsetenv LD_LIBRARY_PATH --chdir $folder"
}

bind() {
    # A setting may be /dev/null, which is in the root already.
    if [ -f "$1" ] || [ -d "$1" ]; then entry="$entry --ro-bind $1 $2"; fi
}

doctor() {
    way=${1%% *}
    row() { printf '%-12s %s\n' "$1" "$2"; }
    row way "$way: ${1#* }"
    row workspace "$workspace"
    row cache "$cache ($(du -sh "$cache" 2>/dev/null | cut -f 1) used, $(df -Ph "$cache" 2>/dev/null | awk 'NR == 2 { print $4 }') free)"
    problem=$(namespaces_problem)
    row namespaces "${problem:-can be made}"
    if [ "$way" = upstream ]; then
        program=$(upstream_program || echo false)
        row bazel "$("$program" --version 2>&1 | tail -n 1 | grep . || echo "missing: put bazelisk on PATH")"
    else
        root=$(root_folder)
        if [ -e "$root/ready" ]; then
            row root "$root"
            row bazel "$(cat "$root/usr/share/bazel/build-label.txt"), in the root"
        else
            row root "not made yet: the next command makes it"
        fi
        if is_debian; then
            row packages "$NIGHTJAR_DEBIAN_MIRROR, by apt"
        else
            row packages "Debian's snapshot archive, pinned by tools/debian/root.lock (no Debian, or no apt)"
        fi
    fi
    row mirror "${NIGHTJAR_DEBIAN_MIRROR:-none but the snapshot archive}"
    row security "${NIGHTJAR_DEBIAN_SECURITY_MIRROR:-none but the snapshot archive}"
    [ -z "$problem" ] || exit 36
}
