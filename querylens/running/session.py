"""What all processes of one `querylens run` know. It travels in the environment."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

VARIABLE = "QUERYLENS_RUN"
_STARTUP = str(Path(__file__).with_name("startup"))


@dataclass(frozen=True, slots=True)
class Session:
    """One `querylens run`."""

    #: Where each process leaves its part of the summary.
    folder: str
    #: The process that shows the summary.
    pid: int
    #: What the program is called.
    program: str
    #: The folder for trace files; empty when none are wanted.
    record: str = ""

    @classmethod
    def inherited(cls) -> Self | None:
        """The session that this process was started in, if any."""
        text = os.environ.get(VARIABLE)
        return cls(**json.loads(text)) if text else None

    @property
    def is_here(self) -> bool:
        """Whether this process is the one that shows the summary."""
        return os.getpid() == self.pid

    def hand_down(self) -> None:
        """Makes every Python that is started from here take part, through its `sitecustomize`."""
        os.environ[VARIABLE] = json.dumps(asdict(self))
        known = os.environ.get("PYTHONPATH", "").split(os.pathsep)
        paths = [_STARTUP, *(path for path in known if path and path != _STARTUP)]
        os.environ["PYTHONPATH"] = os.pathsep.join(paths)
