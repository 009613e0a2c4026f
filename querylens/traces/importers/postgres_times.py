"""The timestamps of PostgreSQL's logs."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from querylens.traces.statements import Untold

_DAY = timedelta(days=1)
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - the zone is told by itself, and may be unknown
_NUMERIC = re.compile(r"([+-])(\d\d)(?::?(\d\d))?(?::?(\d\d))?")
_MOST_SECONDS = 100_000
#: Before that, and after it, no timestamp is believed: the integers of others are 64 bits wide.
_YEARS = range(1970, 2200)


def _zones(text: str) -> dict[str, int]:
    pairs = (zone.split("=") for zone in text.split())
    return {name: round(float(hours) * 3600) for name, hours in pairs}


#: Hours east of Greenwich of the abbreviations in the time zone database that mean one thing only.
#: CST, CDT and IST do not; PST is what PostgreSQL's own `timezonesets/Default` says.
_ZONES = _zones(
    "ACDT=10.5 ACST=9.5 ADT=-3 AEDT=11 AEST=10 AKDT=-8 AKST=-9 AST=-4 AWST=8 BST=1 CAT=2 CEST=2 "
    "CET=1 ChST=10 EAT=3 EDT=-4 EEST=3 EET=2 EST=-5 GMT=0 HDT=-9 HKT=8 HST=-10 IDT=3 JST=9 KST=9 "
    "MDT=-6 MEST=2 MET=1 MSK=3 MST=-7 NDT=-2.5 NST=-3.5 NZDT=13 NZST=12 PDT=-7 PKT=5 PST=-8 "
    "SAST=2 SST=-11 UCT=0 UTC=0 WAT=1 WEST=1 WET=0 WIB=7 WIT=9 WITA=8 Z=0"
)

#: The nanoseconds in the three digits of `%m`.
MILLISECONDS: dict[bytes | None, int] = {
    f"{number:03}".encode(): number * 1_000_000 for number in range(1000)
}


class Clock:
    """Reads timestamps to the second; remembers those that it read last."""

    def __init__(self, untold: Untold) -> None:
        self._untold = untold
        #: Nanoseconds since 1970, by the second as it is written, in `zone`.
        self.seconds: dict[bytes | None, int] = {}
        self.zone: bytes | None = None
        self._offset = 0

    def read(self, second: bytes | None, zone: bytes | None) -> int:
        """Nanoseconds since 1970 (UTC) of `2026-11-22 21:05:15`, or of `1795381515.123` (%n).

        Raises `ValueError` when there is no such time.
        """
        if second is None:
            self._untold.miss("statements without a time: log_line_prefix has no %t, %m or %n")
            return 0
        if b"." in second:
            return int(second.replace(b".", b"")) * 1_000_000
        if zone != self.zone or len(self.seconds) > _MOST_SECONDS:
            self.seconds.clear()
            self.zone, self._offset = zone, self._seconds_east((zone or b"UTC").decode())
        if (known := self.seconds.get(second)) is not None:
            return known
        at = datetime.fromisoformat(second.decode())
        if at.year not in _YEARS:
            raise ValueError(f"no year of a log: {at.year}")
        passed = at - _EPOCH
        seconds = passed // _DAY * 86_400 + passed.seconds - self._offset
        self.seconds[second] = seconds * 1_000_000_000
        return self.seconds[second]

    def _seconds_east(self, zone: str) -> int:
        if (east := _ZONES.get(zone)) is not None:
            return east
        if not (numeric := _NUMERIC.fullmatch(zone)):
            self._untold.miss("timestamps in an unknown time zone")
            return 0
        sign, hours, minutes, seconds = numeric.groups("00")
        east = int(hours) * 3600 + int(minutes) * 60 + int(seconds)
        return -east if sign == "-" else east
