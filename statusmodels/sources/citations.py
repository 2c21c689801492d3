"""How to cite an external data set."""

from __future__ import annotations

import re

from statusmodels.sources.registry import Source


def origin(source: Source) -> list[str]:
    """Where the files of a data set are fetched from: repositories and commits."""
    return list(dict.fromkeys(f"https://github.com/{f.repository} at {f.commit}" for f in source.files))


def plain(source: Source) -> str:
    """The citation, DOI, official address, terms and origin of a data set, as text.

    Examples
    --------
    >>> from statusmodels.sources.registry import source
    >>> print(plain(source("sipri")))  # doctest: +ELLIPSIS
    Military expenditure of SIPRI, constant 2021 US dollars (1949-2022, edited copy of one sheet)
      Stockholm International Peace Research Institute (2023). SIPRI Military Expenditure Database.
      doi: 10.55163/CQGC9685
    ...
    """
    lines = [source.citation]
    lines += [f"doi: {source.doi}"] if source.doi else []
    lines += [f"official: {source.official}"] if source.official else []
    lines += [f"terms: {source.licence}", *(f"fetched from: {place}" for place in origin(source))]
    return "\n".join([source.name, *(f"  {line}" for line in lines)])


def bibtex(source: Source) -> str:
    """The same as an entry ``@misc`` of BibTeX."""
    fields = {
        "title": f"{{{_tex(source.name)}}}",
        "note": _tex(source.citation),
        "doi": source.doi,
        "url": source.official,
        "howpublished": _tex(f"Fetched from {', '.join(origin(source))}"),
    }
    body = ",\n".join(f"  {name} = {{{text}}}" for name, text in fields.items() if text)
    return f"@misc{{{source.source},\n{body}\n}}"


def _tex(text: str) -> str:
    return re.sub(r"([&%$#_])", r"\\\1", text)
