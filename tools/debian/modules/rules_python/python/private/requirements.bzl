"""Reads a lock of Python requirements: names, extras, and one sha256 each."""

def parse_lock(text):
    """Reads the lines `name[extra]==version --hash=sha256:HEX`, long ones continued by a backslash.

    Args:
        text: the lock.
    Returns:
        structs of name (lower case, `_`), extras and sha256.
    """
    packages = []
    for line in text.replace("\\\n", " ").split("\n"):
        words = [word for word in line.split("#")[0].split(" ") if word]
        if not words:
            continue
        hashes = [word[len("--hash=sha256:"):] for word in words[1:] if word.startswith("--hash=sha256:")]
        name, separator, _ = words[0].partition("==")
        if not separator or len(hashes) != 1 or len(words) != 2:
            fail("expected `name==version --hash=sha256:HEX` with one hash, not `{}`".format(line))
        name, _, extras = name.partition("[")
        packages.append(struct(
            extras = [extra for extra in extras.rstrip("]").split(",") if extra],
            name = name.lower().replace("-", "_").replace(".", "_"),
            sha256 = hashes[0],
        ))
    return packages
