"""Which model an expression names: a class, `"app.Model"`, `"self"`, the user model."""

from __future__ import annotations

from dataclasses import dataclass

from querylens.lint.models.names import Names, Value
from querylens.lint.models.values import ClassRef
from querylens.lint.models.written import Written
from querylens.lint.project import External

_MOST_STEPS = 10
_SETTING = "AUTH_USER_MODEL"


@dataclass(frozen=True, slots=True)
class Labelled:
    """A model by the label that a text gives it."""

    label: str


#: A model of the project by its class, any other by its label; the label is empty for nobody.
Reference = ClassRef | Labelled


class References:
    """Reads references; labels are looked up by who asks."""

    def __init__(self, names: Names, user_label: str) -> None:
        self._names = names
        self.user = Labelled(user_label)

    def read(self, written: Written | None, module: str, app: str, owner: ClassRef) -> Reference:
        """The model that a relation of `owner`, of this app, gives as where it leads."""
        return self._read(written, module, app, owner, _MOST_STEPS)

    def _read(
        self, written: Written | None, module: str, app: str, owner: ClassRef, steps: int
    ) -> Reference:
        if written is None or steps <= 0:
            return Labelled("")
        if isinstance(written.value, str):
            return _of_text(written.value, app, owner)
        if written.kind == "call":
            return self._of_call(written)
        if written.kind != "name":
            return Labelled("")
        if written.text.rpartition(".")[2] == _SETTING:
            return self.user
        found = self._names.meaning(module, written.text)
        if isinstance(found, Value):
            return self._read(found.written, found.module, app, owner, steps - 1)
        if isinstance(found, ClassRef):
            return found
        return _of_outside(found.name) if isinstance(found, External) else Labelled("")

    def _of_call(self, call: Written) -> Reference:
        maker = call.parts[0].text.rpartition(".")[2]
        texts = [part.value for part in call.parts[1:] if isinstance(part.value, str)]
        if maker == "get_user_model" or _SETTING in texts:
            return self.user
        return Labelled(".".join(texts)) if maker == "get_model" else Labelled("")


def _of_text(text: str, app: str, owner: ClassRef) -> Reference:
    if text == "self":
        return owner
    return Labelled(text if "." in text else f"{app}.{text}")


def _of_outside(name: str) -> Labelled:
    """`taggit.Tag` for `taggit.models.Tag`: most apps are named like their package."""
    if name.endswith(_SETTING):
        return Labelled("")
    package, _, model = name.partition(".models.")
    return Labelled(f"{package.rpartition('.')[2]}.{model.rpartition('.')[2]}" if model else "")
