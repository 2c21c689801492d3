"""File formats of machine-coded event data: which columns hold date, actor, target and code, and how they are written."""

from __future__ import annotations

from dataclasses import dataclass

from statusmodels.sources.countries import Scheme


@dataclass(frozen=True)
class Format:
    """How one release writes its files.

    Attributes
    ----------
    name : of the format, as the command line takes it.
    release : whose it is.
    delimiter, quote : of its text files; an empty quote means that quotation marks are text.
    widths : numbers of columns that a file may have; empty for a file with a header, whose names are looked up.
    positions : column number (from 0) of each column that is used, for a file without a header.
    date : column of the date, or the three of year, month and day.
    date_format : how one column writes it, in the letters of ``strftime``.
    actor, target : columns of the countries of who acts and who is acted upon.
    code : column of the event code, or of event and mode, which are joined by ``-``.
    countries : scheme of the country codes.
    letters : how many letters of an actor's code name its country; 0 for all.
    root : column that is 1 for the first events of a report; None if the release does not say.
    mentions : column of the number of mentions; None if the release does not say.
    coding : coding of the events, and the crosswalk to read them by: cameo, weis or plover.
    """

    name: str
    release: str
    delimiter: str
    quote: str
    widths: tuple[int, ...]
    positions: dict[str, int]
    date: tuple[str, ...]
    date_format: str
    actor: str
    target: str
    code: tuple[str, ...]
    countries: Scheme
    letters: int = 0
    root: str | None = None
    mentions: str | None = None
    coding: str = "cameo"

    @property
    def used(self) -> tuple[str, ...]:
        """Names of the columns that are used."""
        more = [c for c in (self.root, self.mentions) if c]
        return (*self.date, self.actor, self.target, *self.code, *more)


_GDELT = {
    "SQLDATE": 1,
    "Actor1CountryCode": 7,
    "Actor2CountryCode": 17,
    "IsRootEvent": 25,
    "EventCode": 26,
    "NumMentions": 31,
}


def _gdelt(name: str, release: str, widths: tuple[int, ...]) -> Format:
    return Format(
        name,
        release,
        delimiter="\t",
        quote="",
        widths=widths,
        positions=_GDELT,
        date=("SQLDATE",),
        date_format="%Y%m%d",
        actor="Actor1CountryCode",
        target="Actor2CountryCode",
        code=("EventCode",),
        countries="iso3",
        root="IsRootEvent",
        mentions="NumMentions",
    )


def _keds(coding: str, countries: Scheme) -> Format:
    return Format(
        f"keds-{coding}",
        f"KEDS project, {coding.upper()} streams (R data frame or CSV with date, source, target, code)",
        delimiter=",",
        quote='"',
        widths=(),
        positions={},
        date=("date",),
        date_format="%Y-%m-%d",
        actor="source",
        target="target",
        code=("code",),
        countries=countries,
        letters=3,
        coding=coding,
    )


FORMATS = {
    f.name: f
    for f in (
        # until March 2013 files have no SOURCEURL
        _gdelt("gdelt1", "GDELT 1.0 events", (57, 58)),
        _gdelt("gdelt2", "GDELT 2.0 events", (61,)),
        Format(
            "icews",
            "ICEWS coded event data, yearly files of the Dataverse release",
            delimiter="\t",
            quote="",
            widths=(),
            positions={},
            date=("Event Date",),
            date_format="%Y-%m-%d",
            actor="Source Country",
            target="Target Country",
            code=("CAMEO Code",),
            countries="icews",
        ),
        # its Actor COW says 817, South Vietnam, for Vietnam, so the ISO codes are read
        Format(
            "polecat",
            "POLECAT, PLOVER events of the Dataverse release",
            delimiter="\t",
            quote="",
            widths=(),
            positions={},
            date=("Event Date",),
            date_format="%Y-%m-%d",
            actor="Actor Country",
            target="Recipient Country",
            code=("Event Type", "Event Mode"),
            countries="iso3",
            coding="plover",
        ),
        Format(
            "phoenix",
            "Cline Center Historical Phoenix event data",
            delimiter=",",
            quote='"',
            widths=(),
            positions={},
            date=("year", "month", "day"),
            date_format="",
            actor="source_root",
            target="target_root",
            code=("code",),
            countries="iso3",
        ),
        Format(
            "phoenix-daily",
            "Open Event Data Alliance, daily Phoenix files",
            delimiter="\t",
            quote="",
            widths=(26,),
            positions={"Date": 1, "SourceActorEntity": 6, "TargetActorEntity": 10, "EventCode": 13},
            date=("Date",),
            date_format="%Y%m%d",
            actor="SourceActorEntity",
            target="TargetActorEntity",
            code=("EventCode",),
            countries="iso3",
        ),
        _keds("cameo", "keds-cameo"),
        _keds("weis", "keds-weis"),
    )
}
"""The formats by name."""
MISSING = ("", "NA", "None", "NULL", "---")
"""What the releases write for nothing."""
