# Makes the Debian root of root.sh from the packages that root.txt lists. Sourced where there is none yet; POSIX sh.
# Packages are unpacked without their maintainer scripts; what those would do and Bazel needs is done in finish_root.
# shellcheck shell=sh
# shellcheck disable=SC2154 # workspace, cache, root and root_list are set by bazelw and root.sh.

root_lock=$workspace/tools/debian/root.lock
root_megabytes=2500

root_suite() { awk '$1 == "suite" { print $2 }' "$root_list"; }
root_words() { awk -v kind="$1" '$1 == kind { print $2 }' "$root_list"; }

build_root() {
    free=$(df -Pk "$cache" | awk 'NR == 2 { print int($4 / 1024) }')
    [ "$free" -ge "$root_megabytes" ] ||
        die "$cache has $free MB free, $root_megabytes are needed. Free some, or set NIGHTJAR_CACHE to another place."
    say "Bazel's own downloads are out of reach here (./bazelw doctor), so it is made from Debian packages, once."
    started=$(date +%s)
    rm -rf "$cache/debian"/*.part
    part=$root.part
    mkdir -p "$part" "$cache/debian/packages"
    if is_debian && [ -n "$NIGHTJAR_DEBIAN_MIRROR" ]; then
        download_by_apt
    else
        download_by_lock
    fi
    unpack_packages "$part"
    finish_root "$part"
    touch "$part/ready"
    mv "$part" "$root"
    rm -rf "$cache/debian/packages" "$cache/debian/apt"
    # Roots of earlier lists are of no more use, unless a server still runs in one.
    for old in "$cache"/debian/*/; do
        [ "${old%/}" = "$root" ] || grep -qs "$old" /proc/[0-9]*/mountinfo || rm -rf "$old"
    done
    say "made in $(($(date +%s) - started)) s; it stays in $cache"
}

# The newest packages of the suite, by this machine's apt in a folder of its own; apt checks the index's signature.
download_by_apt() {
    apt=$cache/debian/apt
    mkdir -p "$apt/lists/partial" "$apt/etc" "$cache/debian/packages/partial"
    sed "s|%FOLDER%|$apt|g; s|\"$apt/archives/\"|\"$cache/debian/packages/\"|" "$workspace/tools/debian/apt.conf" \
        >"$apt/apt.conf"
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $NIGHTJAR_DEBIAN_MIRROR $(root_suite) main" \
        >"$apt/sources.list"
    # What need not come is told to apt as installed already.
    for package in $(root_words skip); do
        printf 'Package: %s\nStatus: install ok installed\nVersion: 99:0\nArchitecture: amd64\n\n' "$package"
    done >"$apt/status"
    say "reading the package index of $(root_suite)"
    run_apt update >&2
    say "downloading packages"
    # shellcheck disable=SC2046 # One word a package.
    run_apt install --yes --download-only $(root_words want) >&2
    # Not all that lie there: an interrupted call of another day may have left other versions.
    # shellcheck disable=SC2046
    run_apt install --yes --print-uris -o Dir::Cache::archives="$apt/archives/" $(root_words want) >"$apt/uris"
    sed -n "s|^'[^']*' \([^ ]*\.deb\) .*|$cache/debian/packages/\1|p" "$apt/uris" >"$cache/debian/packages/list"
}

# apt's progress is shown on a terminal; elsewhere only what went wrong.
run_apt() {
    quiet=-qq
    [ ! -t 2 ] || quiet=-q=0
    APT_CONFIG=$apt/apt.conf LC_ALL=C apt-get "$quiet" "$@" ||
        die "apt-get $1 failed (its words are above). Check the network and this machine's apt sources;" \
            "what has come so far is kept."
}

# The packages of root.lock from Debian's snapshot archive, for machines without apt: pinned by sha256.
download_by_lock() {
    command -v curl >/dev/null || die "curl is missing; install it"
    snapshot=$(awk '$1 == "snapshot" { print $2 }' "$root_lock")
    base=${NIGHTJAR_SNAPSHOT:-http://snapshot.debian.org/archive/debian}/$snapshot
    total=$(grep -c '^[0-9a-f]\{64\} ' "$root_lock")
    count=0
    : >"$cache/debian/packages/list.part"
    while read -r digest _ path; do
        [ "${#digest}" -eq 64 ] || continue
        count=$((count + 1))
        file=$cache/debian/packages/${path##*/}
        progress "downloading packages from the snapshot archive" "$count" "$total"
        echo "$file" >>"$cache/debian/packages/list.part"
        ! matches "$digest" "$file" || continue
        code=0
        curl -fsSL --retry 3 --connect-timeout 20 -o "$file.part" "$base/$path" || code=$?
        case $code in
            0) ;;
            22) die "$base has no ${path##*/} any more. Renew the list on a Debian machine: ./bazelw run //:lock_debian" ;;
            *) die "${path##*/} did not come from $base. Check the network and start again; what has come is kept." ;;
        esac
        matches "$digest" "$file.part" || die "${path##*/} is not the file that tools/debian/root.lock pins"
        mv "$file.part" "$file"
    done <"$root_lock"
    mv "$cache/debian/packages/list.part" "$cache/debian/packages/list"
}

matches() {
    [ -f "$2" ] && echo "$1  $2" | sha256sum --check --status
}

# A counter that stays on its line on a terminal, and is one line elsewhere.
progress() {
    if [ -t 2 ]; then
        printf '\rbazelw: %s: %s of %s' "$1" "$2" "$3" >&2
        [ "$2" -ne "$3" ] || echo >&2
    elif [ "$2" -eq 1 ]; then
        say "$1: $3"
    fi
}

unpack_packages() {
    target=$1
    list=$cache/debian/packages/list
    say "unpacking $(wc -l <"$list") packages"
    unpack=unpack_by_hand
    ! command -v dpkg-deb >/dev/null || unpack='dpkg-deb -x'
    if [ "$unpack" != unpack_by_hand ]; then
        # shellcheck disable=SC2016 # Expanded by the inner shell.
        xargs -P "$(nproc)" -n 8 sh -c 'target=$1; shift; for deb; do dpkg-deb -x "$deb" "$target" || exit 255; done' \
            sh "$target" <"$list" || die "a package could not be unpacked; is the disk full?"
    else
        while read -r deb; do
            unpack_by_hand "$deb" "$target" || die "$deb could not be unpacked; are tar, xz and zstd installed?"
        done <"$list"
    fi
}

# A .deb is an ar archive: members with headers of 60 bytes, sizes at byte 48, padded to even lengths.
unpack_by_hand() {
    offset=8
    size=$(wc -c <"$1")
    while [ "$offset" -lt "$size" ]; do
        header=$(tail -c +"$((offset + 1))" "$1" | head -c 60)
        name=$(printf '%.16s' "$header" | tr -d ' /')
        length=$(printf '%s' "$header" | cut -c 49-58 | tr -d ' ')
        if [ "${name#data.tar}" != "$name" ]; then
            case $name in
                *.xz) filter=-J ;;
                *.zst) filter=--zstd ;;
                *.gz) filter=-z ;;
                *) filter= ;;
            esac
            # shellcheck disable=SC2086 # No filter is no word.
            tail -c +"$((offset + 61))" "$1" | head -c "$length" |
                tar -x $filter --no-same-owner --keep-directory-symlink -C "$2" -f -
            return
        fi
        offset=$((offset + 60 + length + length % 2))
    done
    return 1
}

finish_root() {
    etc=$1/etc
    for link in bin lib lib64 sbin; do
        [ -e "$1/$link" ] || ln -s "usr/$link" "$1/$link"
    done
    cp "$1/usr/share/base-passwd/passwd.master" "$etc/passwd"
    cp "$1/usr/share/base-passwd/group.master" "$etc/group"
    uid=$(id -u)
    cut -d : -f 3 "$etc/passwd" | grep -qx "$uid" || echo "user:x:$uid:$(id -g)::/:/bin/sh" >>"$etc/passwd"
    cut -d : -f 3 "$etc/group" | grep -qx "$(id -g)" || echo "user:x:$(id -g):" >>"$etc/group"
    printf 'hosts: files dns\n' >"$etc/nsswitch.conf"
    ln -sf gawk "$1/usr/bin/awk"
    # tools/debian/debian.bazelrc takes its place.
    rm -f "$etc/bazel/bazelrc"
    # Places where files of the host are bound over.
    touch "$etc/hosts" "$etc/resolv.conf" "$etc/pip.conf"
    mkdir -p "$etc/ssl" "$etc/pki" "$etc/ca-certificates"
}
