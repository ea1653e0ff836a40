"""The cases as oci_image is called. Made by `./bazelw run //tests/vectors:make_cases`."""

# Tars that a rule makes, by the rule's name.
MADE = {
    "gen_layer": "cases/more/tar-from-genrule/inputs/a.tar",
    "files_two_outs": "cases/more/tar-genrule-outputs/inputs/b_plain.tar",
    "sub/dir/made": "cases/more/tar-genrule-outputs/inputs/a.tar",
}

# Folders that become bases.
LAYOUTS = {
    "foreign_docker_all_base": "cases/more/foreign-docker-all/inputs/base_layout",
    "foreign_docker_unchanged_base": "cases/more/foreign-docker-unchanged/inputs/base_layout",
    "foreign_min_layer_base": "cases/more/foreign-min-layer/inputs/base_layout",
    "foreign_oci_all_base": "cases/more/foreign-oci-all/inputs/base_layout",
    "foreign_oci_unchanged_base": "cases/more/foreign-oci-unchanged/inputs/base_layout",
}

# The attributes of each oci_image by its name.
IMAGES = {
    "bare": {
        "os": "linux",
        "architecture": "amd64",
    },
    "variant": {
        "os": "linux",
        "architecture": "arm64",
        "variant": "v8",
    },
    "tar_plain": {
        "os": "linux",
        "architecture": "amd64",
        "tars": [
            "//tests/vectors:cases/03-tar-plain/inputs/a.tar",
        ],
    },
    "tar_gzip": {
        "os": "linux",
        "architecture": "amd64",
        "tars": [
            "//tests/vectors:cases/04-tar-gzip/inputs/b.tar.gz",
        ],
    },
    "tar_zstd": {
        "os": "linux",
        "architecture": "amd64",
        "tars": [
            "//tests/vectors:cases/05-tar-zstd/inputs/c.tar.zst",
        ],
    },
    "tar_kinds_by_content": {
        "os": "linux",
        "architecture": "amd64",
        "tars": [
            "//tests/vectors:cases/06-tar-kinds-by-content/inputs/gz_named.tar",
            "//tests/vectors:cases/06-tar-kinds-by-content/inputs/plain_named.tar.gz",
            "//tests/vectors:cases/06-tar-kinds-by-content/inputs/zst_named.tar.gz",
            "//tests/vectors:cases/06-tar-kinds-by-content/inputs/b.tgz",
            "//tests/vectors:cases/06-tar-kinds-by-content/inputs/c.tzst",
        ],
    },
    "tar_same_content_twice": {
        "os": "linux",
        "architecture": "amd64",
        "tars": [
            "//tests/vectors:cases/07-tar-same-content-twice/inputs/a.tar",
            "//tests/vectors:cases/07-tar-same-content-twice/inputs/a_copy.tar",
        ],
    },
    "all_scratch": {
        "os": "linux",
        "architecture": "amd64",
        "entrypoint": [
            "/bin/base",
            "-x",
        ],
        "cmd": [
            "one",
            "two",
        ],
        "env": {
            "PATH": "/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "EMPTY": "",
        },
        "user": "65532:65532",
        "workdir": "/base",
        "labels": {
            "b.one": "1",
            "b.two": "2",
        },
        "annotations": {
            "ann.base": "1",
        },
        "exposed_ports": [
            "80/tcp",
        ],
        "volumes": [
            "/data",
        ],
        "created": "cases/08-all-scratch/inputs/created.txt",
        "tars": [
            "//tests/vectors:cases/08-all-scratch/inputs/a.tar",
        ],
    },
    "from_files": {
        "os": "linux",
        "architecture": "amd64",
        "entrypoint": "cases/09-from-files/inputs/entrypoint.txt",
        "cmd": "cases/09-from-files/inputs/cmd.txt",
        "env": "cases/09-from-files/inputs/env.txt",
        "labels": "cases/09-from-files/inputs/labels.txt",
        "annotations": "cases/09-from-files/inputs/annotations.txt",
        "exposed_ports": "cases/09-from-files/inputs/ports.txt",
        "volumes": "cases/09-from-files/inputs/volumes.txt",
        "tars": [
            "//tests/vectors:cases/09-from-files/inputs/b.tar.gz",
        ],
    },
    "base_layers_only": {
        "base": "all_scratch",
        "tars": [
            "//tests/vectors:cases/10-base-layers-only/inputs/b.tar.gz",
            "//tests/vectors:cases/10-base-layers-only/inputs/c.tar.zst",
        ],
    },
    "base_env": {
        "base": "all_scratch",
        "env": {
            "PATH": "/opt/x/bin:$PATH",
            "NEW": "${LANG}/$LANG/${NOPE}",
            "LANG": "$LANG.2",
            "EMPTY": "[$EMPTY]",
            "USES_NEW": "$NEW",
        },
    },
    "base_entrypoint_only": {
        "base": "all_scratch",
        "entrypoint": [
            "/bin/child",
        ],
    },
    "base_all": {
        "base": "all_scratch",
        "entrypoint": [
            "/bin/c",
        ],
        "cmd": [
            "d",
        ],
        "env": {
            "E": "1",
        },
        "user": "1",
        "workdir": "/w",
        "labels": {
            "l": "1",
        },
        "annotations": {
            "a": "1",
        },
        "exposed_ports": [
            "1",
        ],
        "volumes": [
            "/v",
        ],
        "created": "cases/13-base-all/inputs/created.txt",
        "tars": [
            "//tests/vectors:cases/13-base-all/inputs/b.tar.gz",
        ],
    },
    "base_created": {
        "base": "all_scratch",
        "created": "cases/14-base-created/inputs/created_nl.txt",
        "tars": [
            "//tests/vectors:cases/14-base-created/inputs/b.tar.gz",
        ],
    },
    "strings": {
        "os": "linux",
        "architecture": "amd64",
        "entrypoint": [
            "/bin/e",
            "",
            "a\nb",
            "tab\there",
            "quote\"",
            "back\\slash",
            "<&>",
            "café ☃ 😀",
        ],
        "cmd": [
            "%5Cn",
            " lead",
            "trail ",
        ],
        "labels": {
            "u": "café ☃ 😀",
            "lt": "<&>",
            "del": "xy",
            "nl": "a\nb",
        },
        "env": {
            "U": "café",
        },
        "annotations": {
            "u": "café",
        },
    },
    "bare_again": {
        "os": "linux",
        "architecture": "amd64",
    },
    "base_annotations": {
        "base": "all_scratch",
        "annotations": {
            "ann.child": "2",
            "ann.base": "changed",
        },
    },
    "base_cmd_only": {
        "base": "all_scratch",
        "cmd": [
            "three",
        ],
    },
    "base_entrypoint_and_cmd": {
        "base": "all_scratch",
        "entrypoint": [
            "/bin/child",
        ],
        "cmd": [
            "four",
        ],
    },
    "base_entrypoint_over_entrypoint_only": {
        "base": "only_entrypoint",
        "entrypoint": [
            "/bin/y",
        ],
        "cmd": [
            "z",
        ],
    },
    "base_env_file": {
        "base": "all_scratch",
        "env": "cases/more/base-env-file/inputs/env.txt",
    },
    "base_labels": {
        "base": "all_scratch",
        "labels": {
            "c.new": "3",
            "b.one": "changed",
        },
    },
    "base_many_labels": {
        "base": "many_labels",
        "labels": {
            "k05": "x",
            "new1": "1",
            "new2": "2",
            "k00": "y",
        },
        "annotations": {
            "a0": "0",
            "a3": "1",
            "a6": "2",
            "a9": "3",
            "a2": "4",
            "a5": "5",
            "a8": "6",
            "a1": "7",
            "a4": "8",
            "a7": "9",
        },
    },
    "base_no_created": {
        "base": "only_created",
        "tars": [
            "//tests/vectors:cases/more/base-no-created/inputs/b.tar.gz",
        ],
    },
    "base_of_bare_variant": {
        "base": "variant",
        "entrypoint": [
            "/x",
        ],
        "tars": [
            "//tests/vectors:cases/more/base-of-bare-variant/inputs/b.tar.gz",
        ],
    },
    "base_of_base": {
        "base": "base_layers_only",
        "env": {
            "PATH": "$PATH:/z",
        },
        "tars": [
            "//tests/vectors:cases/more/base-of-base/inputs/n00.tar",
        ],
    },
    "base_ports_volumes": {
        "base": "all_scratch",
        "exposed_ports": [
            "81/tcp",
            "80/tcp",
        ],
        "volumes": [
            "/data2",
        ],
    },
    "base_same_layer": {
        "base": "all_scratch",
        "tars": [
            "//tests/vectors:cases/more/base-same-layer/inputs/a.tar",
        ],
    },
    "base_unchanged": {
        "base": "all_scratch",
    },
    "base_user_workdir": {
        "base": "all_scratch",
        "user": "0",
        "workdir": "/child",
    },
    "created_with_newline": {
        "os": "linux",
        "architecture": "amd64",
        "created": "cases/more/created-with-newline/inputs/created_nl.txt",
        "tars": [
            "//tests/vectors:cases/more/created-with-newline/inputs/a.tar",
        ],
    },
    "crlf_file": {
        "os": "linux",
        "architecture": "amd64",
        "labels": "cases/more/crlf-file/inputs/crlf.txt",
        "env": "cases/more/crlf-file/inputs/crlf.txt",
    },
    "empty_values": {
        "os": "linux",
        "architecture": "amd64",
        "entrypoint": [],
        "cmd": [],
        "env": {},
        "labels": {},
        "annotations": {},
        "exposed_ports": [],
        "volumes": [],
        "user": "",
        "workdir": "",
    },
    "env_syntax": {
        "os": "linux",
        "architecture": "amd64",
        "env": {
            "A": "again$A",
            "V1": "$A}",
            "V2": "${A",
            "V3": "$A$A",
            "V4": "${A}}",
            "V5": "$AB",
            "V6": "$ A",
            "V7": "\\$A",
            "V8": "$$A",
            "V9": "$9x",
            "W": "%A% #{A}",
            "X": " lead trail ",
            "A2": "a=$A=b",
        },
    },
    "foreign_docker_all": {
        "base": "foreign_docker_all_base",
        "entrypoint": [
            "/bin/c",
        ],
        "cmd": [
            "d",
        ],
        "env": {
            "PATH": "$PATH:/n",
        },
        "annotations": {
            "a": "1",
        },
        "tars": [
            "//tests/vectors:cases/more/foreign-docker-all/inputs/a.tar",
            "//tests/vectors:cases/more/foreign-docker-all/inputs/b.tgz",
            "//tests/vectors:cases/more/foreign-docker-all/inputs/c.tar.zst",
        ],
    },
    "foreign_docker_unchanged": {
        "base": "foreign_docker_unchanged_base",
    },
    "foreign_min_layer": {
        "base": "foreign_min_layer_base",
        "tars": [
            "//tests/vectors:cases/more/foreign-min-layer/inputs/a.tar",
        ],
    },
    "foreign_oci_all": {
        "base": "foreign_oci_all_base",
        "entrypoint": [
            "/bin/c",
        ],
        "env": {
            "PATH": "$PATH:/n",
            "N": "$X",
        },
        "user": "1",
        "workdir": "/w",
        "labels": {
            "l": "1",
        },
        "annotations": {
            "a": "1",
        },
        "exposed_ports": [
            "1",
        ],
        "volumes": [
            "/v",
        ],
        "created": "cases/more/foreign-oci-all/inputs/created.txt",
        "tars": [
            "//tests/vectors:cases/more/foreign-oci-all/inputs/a.tar",
            "//tests/vectors:cases/more/foreign-oci-all/inputs/c.tar.zst",
        ],
    },
    "foreign_oci_unchanged": {
        "base": "foreign_oci_unchanged_base",
    },
    "index_arm": {
        "os": "linux",
        "architecture": "arm64",
        "variant": "v8",
        "tars": [
            "//tests/vectors:cases/more/index-arm/inputs/b.tar.gz",
            "//tests/vectors:cases/more/index-arm/inputs/a.tar",
        ],
    },
    "many_labels": {
        "os": "linux",
        "architecture": "amd64",
        "labels": {
            "k00": "0",
            "k07": "1",
            "k14": "2",
            "k01": "3",
            "k08": "4",
            "k15": "5",
            "k02": "6",
            "k09": "7",
            "k16": "8",
            "k03": "9",
            "k10": "10",
            "k17": "11",
            "k04": "12",
            "k11": "13",
            "k18": "14",
            "k05": "15",
            "k12": "16",
            "k19": "17",
            "k06": "18",
            "k13": "19",
        },
        "env": {
            "E00": "0",
            "E07": "1",
            "E14": "2",
            "E01": "3",
            "E08": "4",
            "E15": "5",
            "E02": "6",
            "E09": "7",
            "E16": "8",
            "E03": "9",
            "E10": "10",
            "E17": "11",
            "E04": "12",
            "E11": "13",
            "E18": "14",
            "E05": "15",
            "E12": "16",
            "E19": "17",
            "E06": "18",
            "E13": "19",
        },
        "exposed_ports": [
            "9000",
            "8999",
            "8998",
            "8997",
            "8996",
            "8995",
            "8994",
            "8993",
            "8992",
            "8991",
            "8990",
            "8989",
            "8988",
            "8987",
            "8986",
            "8985",
            "8984",
            "8983",
            "8982",
            "8981",
        ],
    },
    "only_annotations": {
        "os": "linux",
        "architecture": "amd64",
        "annotations": {
            "z": "26",
            "a": "1",
            "with.equals": "x=y",
        },
    },
    "only_cmd": {
        "os": "linux",
        "architecture": "amd64",
        "cmd": [
            "/bin/x",
        ],
    },
    "only_created": {
        "os": "linux",
        "architecture": "amd64",
        "created": "cases/more/only-created/inputs/created.txt",
    },
    "only_entrypoint": {
        "os": "linux",
        "architecture": "amd64",
        "entrypoint": [
            "/bin/x",
        ],
    },
    "only_env": {
        "os": "linux",
        "architecture": "amd64",
        "env": {
            "B": "2",
            "A": "1",
            "PATH": "/x:$PATH",
            "C": "${A}-$B-${MISSING}-$$-$",
            "Q": "quote\"back\\slash'single",
        },
    },
    "only_labels": {
        "os": "linux",
        "architecture": "amd64",
        "labels": {
            "z": "26",
            "a": "1",
            "with.equals": "x=y",
        },
    },
    "only_ports": {
        "os": "linux",
        "architecture": "amd64",
        "exposed_ports": [
            "8080",
            "53/udp",
            "8080",
        ],
    },
    "only_user": {
        "os": "linux",
        "architecture": "amd64",
        "user": "nonroot",
    },
    "only_volumes": {
        "os": "linux",
        "architecture": "amd64",
        "volumes": [
            "/b",
            "/a",
        ],
    },
    "only_workdir": {
        "os": "linux",
        "architecture": "amd64",
        "workdir": "/work",
    },
    "other_os": {
        "os": "windows",
        "architecture": "amd64",
        "tars": [
            "//tests/vectors:cases/more/other-os/inputs/a.tar",
        ],
    },
    "tar_empty_and_multimember": {
        "os": "linux",
        "architecture": "amd64",
        "tars": [
            "//tests/vectors:cases/more/tar-empty-and-multimember/inputs/empty.tar",
            "//tests/vectors:cases/more/tar-empty-and-multimember/inputs/two_members.tar.gz",
        ],
    },
    "tar_external_repo": {
        "os": "linux",
        "architecture": "amd64",
        "tars": [
            "@renamed_ext//:e.tar",
            "@renamed_ext//:g",
        ],
    },
    "tar_from_filegroup": {
        "os": "linux",
        "architecture": "amd64",
        "tars": [
            "//tests/vectors:cases/more/tar-from-filegroup/inputs/a.tar",
            "//tests/vectors:cases/more/tar-from-filegroup/inputs/b.tar.gz",
        ],
    },
    "tar_from_genrule": {
        "os": "linux",
        "architecture": "amd64",
        "tars": [
            "//tests/vectors:gen_layer",
        ],
    },
    "tar_genrule_outputs": {
        "os": "linux",
        "architecture": "amd64",
        "tars": [
            "//tests/vectors:files_two_outs",
            "//tests/vectors:sub/dir/made",
        ],
    },
    "tar_other_package": {
        "os": "linux",
        "architecture": "amd64",
        "tars": [
            "//tests/vectors:cases/more/tar-other-package/inputs/a.tar",
        ],
    },
    "tar_same_diffid_two_digests": {
        "os": "linux",
        "architecture": "amd64",
        "tars": [
            "//tests/vectors:cases/more/tar-same-diffid-two-digests/inputs/b_plain.tar",
            "//tests/vectors:cases/more/tar-same-diffid-two-digests/inputs/b.tar.gz",
            "//tests/vectors:cases/more/tar-same-diffid-two-digests/inputs/b.tgz",
        ],
    },
    "tar_twelve_layers": {
        "os": "linux",
        "architecture": "amd64",
        "tars": [
            "//tests/vectors:cases/more/tar-twelve-layers/inputs/n00.tar",
            "//tests/vectors:cases/more/tar-twelve-layers/inputs/n01.tar",
            "//tests/vectors:cases/more/tar-twelve-layers/inputs/n02.tar",
            "//tests/vectors:cases/more/tar-twelve-layers/inputs/n03.tar",
            "//tests/vectors:cases/more/tar-twelve-layers/inputs/n04.tar",
            "//tests/vectors:cases/more/tar-twelve-layers/inputs/n05.tar",
            "//tests/vectors:cases/more/tar-twelve-layers/inputs/n06.tar",
            "//tests/vectors:cases/more/tar-twelve-layers/inputs/n07.tar",
            "//tests/vectors:cases/more/tar-twelve-layers/inputs/n08.tar",
            "//tests/vectors:cases/more/tar-twelve-layers/inputs/n09.tar",
            "//tests/vectors:cases/more/tar-twelve-layers/inputs/n10.tar",
            "//tests/vectors:cases/more/tar-twelve-layers/inputs/n11.tar",
        ],
    },
    "tar_zero_length": {
        "os": "linux",
        "architecture": "amd64",
        "tars": [
            "//tests/vectors:cases/more/tar-zero-length/inputs/zero.tar",
        ],
    },
}
