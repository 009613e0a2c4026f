"""Runs a Python program in this process, as `python PROGRAM` would."""

from __future__ import annotations

import builtins
import os
import pkgutil
import runpy
import shutil
import sys
from dataclasses import dataclass
from importlib.machinery import PathFinder, SourceFileLoader
from pathlib import Path
from types import ModuleType, TracebackType

from querylens.errors import QueryLensError


class ProgramError(QueryLensError):
    """There is no such program, or it is none that Python runs. Says what to give instead."""


@dataclass(frozen=True, slots=True)
class Program:
    """A script, a folder or archive with a `__main__.py`, or a module; and its arguments."""

    target: str
    arguments: tuple[str, ...]
    is_module: bool = False

    @classmethod
    def find(cls, name: str, arguments: tuple[str, ...], *, is_module: bool) -> Program:
        """The program of this name: a path, a command on `PATH`, or a module.

        Raises `ProgramError`.
        """
        if is_module:
            if not _is_found(name.partition(".")[0]):
                raise ProgramError(f"no module named {name!r}. Install it, or give a script's path")
            return cls(name, arguments, is_module=True)
        if Path(name).exists():
            return cls(name, arguments)
        command = shutil.which(name)
        if command is None:
            raise ProgramError(
                f"{name}: no such file, and no command of that name. "
                "Give a script, such as manage.py, or -m and a module"
            )
        with Path(command).open("rb") as file:
            if b"python" not in file.readline(500):
                raise ProgramError(f"{command}: not a Python program. Give the script that it runs")
        return cls(command, arguments)

    @property
    def name(self) -> str:
        """What the program is called in a report."""
        return self.target if self.is_module else Path(self.target).name

    def run(self) -> None:
        """Runs it to its end; what it raises is raised, and shown without our frames."""
        sys.argv[:] = [self.target, *self.arguments]
        if not sys.flags.safe_path:
            # In the place of the folder of our own script.
            sys.path[0] = os.getcwd() if self.is_module else _folder(self.target)  # noqa: PTH109
        try:
            if self.is_module:
                runpy.run_module(self.target, run_name="__main__", alter_sys=True)
            elif pkgutil.get_importer(self.target) is not None:
                runpy.run_path(self.target, run_name="__main__")
            else:
                _run_script(Path(self.target).absolute())
        except SystemExit:
            raise
        except BaseException:
            _show_without_our_frames()
            raise


def _is_found(module: str) -> bool:
    """Whether there is one, on the path that the program will have."""
    if PathFinder.find_spec(module, [os.getcwd(), *sys.path[1:]]) is not None:  # noqa: PTH109
        return True
    return module in sys.stdlib_module_names


def _folder(script: str) -> str:
    return str(Path(script).resolve().parent)


def _run_script(path: Path) -> None:
    """As `__main__` to the end of the process: `runpy` would take the module away before that."""
    with path.open("rb") as file:
        code = compile(file.read(), str(path), "exec", dont_inherit=True)
    main = ModuleType("__main__")
    main.__dict__.update(
        __builtins__=builtins,
        __file__=str(path),
        __loader__=SourceFileLoader("__main__", str(path)),
    )
    sys.modules["__main__"] = main
    exec(code, main.__dict__)  # noqa: S102


def _show_without_our_frames() -> None:
    """Python shows what ends a program through `sys.excepthook`, with every frame there is."""
    show = sys.excepthook

    def show_own(
        kind: type[BaseException], error: BaseException, traceback: TracebackType | None
    ) -> None:
        error.__traceback__ = _of_program(traceback)
        show(kind, error, error.__traceback__)

    sys.excepthook = show_own


def _of_program(traceback: TracebackType | None) -> TracebackType | None:
    """What comes after the last frame of this module, and after those of `runpy`."""
    found = traceback
    while traceback is not None:
        file = traceback.tb_frame.f_code.co_filename
        traceback = traceback.tb_next
        if file == __file__:
            found = traceback
    while found is not None and found.tb_frame.f_globals.get("__name__") == "runpy":
        found = found.tb_next
    return found
