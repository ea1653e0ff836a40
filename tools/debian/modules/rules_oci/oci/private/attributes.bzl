"""The macros' attributes: which there are, and lists and dictionaries as the text files that the programs read."""

_COMMON = ["tags", "testonly", "visibility"]

def _text_impl(ctx):
    ctx.actions.write(ctx.outputs.out, ctx.attr.content)

_text = rule(
    implementation = _text_impl,
    doc = "Writes a text as it is, without a final newline.",
    attrs = {
        "content": attr.string(mandatory = True, doc = "The text."),
        "out": attr.output(mandatory = True, doc = "The file."),
    },
)

def as_file(image, attribute, value, common, encode):
    """A label of the attribute's value in a file; None where it was not given.

    Args:
        image: the target whose attribute it is.
        attribute: the attribute's name.
        value: a label or a select of labels, which stay as they are, a list or a dictionary.
        common: attributes of every target.
        encode: turns the list or dictionary to text.

    Returns:
        A label or None.
    """
    if value == None or type(value) not in ("list", "dict", "tuple"):
        return value
    name = "{}_write_{}".format(image, attribute)
    _text(
        name = name,
        out = "{}.{}.txt".format(image, attribute),
        content = encode(value),
        **common
    )
    return name

def lines(elements):
    """One element a line; a newline inside one is carried as `%5Cn`."""
    return "\n".join([element.replace("\n", "%5Cn") for element in elements])

def pairs(mapping):
    """One `key=value` a line."""
    return "\n".join(["{}={}".format(key, value) for key, value in mapping.items()])

def commas(elements):
    """All elements in one line."""
    return ",".join(elements)

def common_attributes(macro, name, attributes, known = []):
    """The attributes that all targets of a macro get; fails on one that the macro does not offer.

    Args:
        macro: the macro's name.
        name: the target's.
        attributes: all that came as keywords.
        known: those that the macro takes for itself.

    Returns:
        Attributes by name.
    """
    unknown = [key for key in attributes if key not in known and key not in _COMMON]
    if unknown:
        fail("{}(name = \"{}\"): the stand-in for rules_oci does not offer {}; its README.md lists what it does".format(
            macro,
            name,
            ", ".join(sorted(unknown)),
        ))
    return {key: attributes[key] for key in _COMMON if key in attributes}
