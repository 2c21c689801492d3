"""Writes docs/sources, a page on each external data set and an index: python docs/source_pages.py."""

from __future__ import annotations

import importlib
import inspect
import re
from pathlib import Path
from types import ModuleType

from statusmodels.sources.registry import Source, sources

FOLDER = Path(__file__).with_name("sources")
MADE = "Written by `make sources` from `data/sources/*.csv` and the readers' docstrings; do not edit."
INDEX = f"""# External data sets

{MADE}

None of these data are shipped, for few of them may be passed on: read the terms on each page. The package pins a public copy
of each file by commit and hash, fetches it when asked, and refuses any other content.

    statusmodels data list            # what there is, and what is here
    statusmodels data fetch mie icb   # into the cache; a download that breaks off goes on from there
    statusmodels data path mie        # the verified files
    statusmodels data cite mie        # how to cite it, its terms, where it was got (--bibtex for BibTeX)

A folder named by the environment variable `STATUSMODELS_DATA`, with the files under the names that the pages give, is looked
into first.
The pinned copies are those of other people's repositories, not of the data sets' makers: cite the makers.

| data set | title | one row | coverage | files |
| --- | --- | --- | --- | --- |
"""


def pages() -> dict[str, str]:
    """Every page by the name of its file."""
    rows = [
        f"| [{s.source}]({s.source}.md) | {s.title} | {s.unit} | {s.coverage} | {len(s.files)} |"
        for s in sources().values()
    ]
    made = {f"{s.source}.md": page(s) for s in sources().values()}
    return {"README.md": INDEX + "\n".join(rows) + "\n", **made}


def page(source: Source) -> str:
    """What a data set is, where it is from, on what terms, how to cite it, its files and its readers."""
    facts = {
        "Version": source.version,
        "One row": source.unit,
        "Coverage": source.coverage,
        "Official address": f"<{source.official}>" if source.official else "none known",
        "DOI": f"[{source.doi}](https://doi.org/{source.doi})" if source.doi else "",
        "Terms": source.licence,
        "Cite": source.citation,
        "Fetch": f"`statusmodels data fetch {source.source}`",
    }
    parts = [
        f"# {source.title}\n\n{MADE}",
        "\n".join(f"- **{name}:** {text}" for name, text in facts.items() if text),
        files(source),
        *readers(source),
    ]
    return "\n\n".join(parts) + "\n"


def files(source: Source) -> str:
    """The table of files."""
    head = "## Files\n\n| file | bytes | sha256 | from |\n| --- | --- | --- | --- |\n"
    return head + "\n".join(
        f"| `{f.file}` | {f.bytes:,} | `{f.sha256}` | `{f.path}` in [{f.repository}](https://github.com/{f.repository})"
        f" at `{f.commit}` |"
        for f in source.files
    )


def readers(source: Source) -> list[str]:
    """A section for each reader that exists; ``module.function``, or ``module`` for all its functions."""
    parts: list[str] = []
    told: set[str] = set()
    for name in filter(None, map(str.strip, source.reader.split(";"))):
        place, _, wanted = name.partition(".")
        module = load(f"statusmodels.sources.{place}")
        if module is None:
            continue
        functions = [wanted] if wanted else public(module)
        sections = [
            f"## `{place}.{function}`\n\n{markdown(inspect.getdoc(getattr(module, function)) or '')}"
            for function in functions
            if hasattr(module, function)
        ]
        if sections and place not in told:
            told.add(place)
            parts.append(f"`statusmodels.sources.{place}`: {markdown(inspect.getdoc(module) or '')}")
        parts += sections
    return parts


def load(name: str) -> ModuleType | None:
    """A module, or None if it has not been written."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
        return None


def public(module: ModuleType) -> list[str]:
    """The functions that a module defines and shows, in the order of its text."""
    own = [(n, f) for n, f in inspect.getmembers(module, inspect.isfunction) if f.__module__ == module.__name__]
    return [name for name, f in sorted(own, key=lambda pair: pair[1].__code__.co_firstlineno) if name[0] != "_"]


def markdown(docstring: str) -> str:
    """A numpydoc docstring as Markdown: bold headings, bodies of sections not indented, examples as code."""
    lines = docstring.splitlines()
    out: list[str] = []
    code = section = False
    for i, line in enumerate(lines):
        rule = set(line) == {"-"} and len(line) > 2
        heading = i + 1 < len(lines) and len(lines[i + 1]) > 2 and set(lines[i + 1]) == {"-"}
        if rule:
            continue
        if not code and line.lstrip().startswith(">>>"):
            code = True
            out.append("```python")
        elif code and not line.strip():
            code = False
            out.append("```")
        if heading:
            section = True
            out += [f"**{line}**", ""]
        elif code:
            out.append(line.strip() if line.startswith("    >>>") else line)
        elif section and line and not line.startswith(" ") and i + 1 < len(lines) and lines[i + 1].startswith("    "):
            out += [*([""] if out[-1] else []), f"`{line}`", ""]  # what the indented lines below it are of
        else:
            out.append(text(line.removeprefix("    ") if section else line))
    return "\n".join([*out, "```"] if code else out)


def text(line: str) -> str:
    """Inline markup of a docstring as Markdown."""
    return re.sub(r":\w+:`~?([^`]+)`", r"`\1`", line.replace("``", "`"))


def main() -> None:
    """Write the pages, and remove those of data sets that are no more."""
    FOLDER.mkdir(exist_ok=True)
    made = pages()
    for old in FOLDER.glob("*.md"):
        if old.name not in made:
            old.unlink()
    for name, content in made.items():
        (FOLDER / name).write_text(content, encoding="utf-8")


if __name__ == "__main__":
    main()
