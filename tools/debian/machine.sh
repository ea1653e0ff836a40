# What `./bazelw` has to know of the machine: system, namespaces, Debian mirrors. Sourced; POSIX sh.
# shellcheck shell=sh

check_machine() {
    system=$(uname -s)
    machine=$(uname -m)
    [ "$system" = Linux ] || die "nightjar builds on Linux, this is $system. Open the folder in a dev container" \
        "(.devcontainer), or use a Linux machine."
    [ "$machine" = x86_64 ] || die "nightjar builds on x86-64, this is $machine. Use an x86-64 machine or emulation."
}

# Whether this user may make the namespaces that the root and the sandbox stand on; says why not on standard output.
namespaces_problem() {
    if [ "$(id -u)" -eq 0 ]; then
        unshare -m true 2>/dev/null && return
        echo "this root may not make mount namespaces; in a container, start it with --privileged (or" \
            "--cap-add SYS_ADMIN --security-opt seccomp=unconfined --security-opt apparmor=unconfined)"
    else
        unshare -Urm true 2>/dev/null && return
        if [ "$(cat /proc/sys/kernel/apparmor_restrict_unprivileged_userns 2>/dev/null)" = 1 ]; then
            echo "AppArmor forbids user namespaces; as root: sysctl kernel.apparmor_restrict_unprivileged_userns=0"
        else
            echo "this user may not make user namespaces, and is not root; as root: sysctl" \
                "user.max_user_namespaces=10000 (and kernel.unprivileged_userns_clone=1 where that exists)"
        fi
    fi
}

release_field() {
    sed -n "s/^$1=\"\{0,1\}\([^\"]*\)\"\{0,1\}$/\1/p" /etc/os-release 2>/dev/null
}

# Whether apt here can fetch from Debian's own archive and check its signature.
is_debian() {
    [ "$(release_field ID)" = debian ] && command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null &&
        [ -r /usr/share/keyrings/debian-archive-keyring.gpg ]
}

# `SUITE ADDRESS` for each of apt's sources. apt takes a second to tell, so it is asked again only after a change in the
# folder of its settings; what it told is kept in the cache.
apt_targets() {
    kept=$cache/apt-targets
    if [ ! -e "$kept" ] || [ -n "$(find "$1" -newer "$kept" 2>/dev/null)" ]; then
        # Without ReleaseInfo apt also names the indexes that it has not downloaded yet, and is quicker.
        # shellcheck disable=SC2016 # apt's own variables.
        if apt-get indextargets -o APT::Get::IndexTargets::ReleaseInfo=false \
            --format '$(RELEASE) $(REPO_URI)' 'Created-By: Packages' >"$kept.$$" 2>/dev/null; then
            mv "$kept.$$" "$kept"
        else
            rm -f "$kept.$$"
            return
        fi
    fi
    cat "$kept"
}

# Sets and exports the addresses of the machine's Debian mirrors, from its apt sources. The repository rules and
# //:lock_debian read them; an address that is set already stays.
export_mirrors() {
    if is_debian; then
        codename=$(release_field VERSION_CODENAME)
        targets=$(apt_targets /etc/apt)
        : "${NIGHTJAR_DEBIAN_MIRROR:=$(mirror_of "$targets" "^($codename|stable|testing|sid|unstable)\$")}"
        : "${NIGHTJAR_DEBIAN_SECURITY_MIRROR:=$(mirror_of "$targets" "^($codename|stable|testing)-security\$")}"
    fi
    export NIGHTJAR_DEBIAN_MIRROR="${NIGHTJAR_DEBIAN_MIRROR:-}"
    export NIGHTJAR_DEBIAN_SECURITY_MIRROR="${NIGHTJAR_DEBIAN_SECURITY_MIRROR:-}"
}

# The first address in `SUITE ADDRESS` lines whose suite matches.
mirror_of() {
    printf '%s\n' "$1" | awk -v pattern="$2" '$1 ~ pattern { sub("/$", "", $2); print $2; exit }'
}
