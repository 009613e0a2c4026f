"""Forms and formsets: what their choices, their validation and their saving send."""

from __future__ import annotations

from tests.project.library import forms
from tests.project.library.models import Edition
from tests.shapes.declare import shape, show
from tests.shapes.families import lookup, repeated, to_one, update


@shape(to_one("Edition.book"), site=(Edition.__str__, forms.EditionForm))
def form_choices():
    show(forms.EditionForm().as_p())


@shape(to_one("Edition.book"), site=(Edition.__str__, forms.EditionForm))
def form_choices_in_python():
    form = forms.EditionForm()
    show([label for key, label in form.fields["edition"].choices])  # loop


@shape(
    to_one("Author.publisher"),
    site=(forms.AuthorChoiceField.label_from_instance, forms.PublisherForm),
)
def form_label_from_instance():
    show(forms.PublisherForm().as_p())


@shape(
    repeated(lookup("Author", "iterator", declared="LoanForm.borrower", mark="1")),
    site=forms.LoanForm,
)
def formset_choices():
    show(forms.LoanFormSet().as_p())


def validation():
    """What each form of a formset asks when it is validated: for its choice and for its row."""
    return (
        lookup("Author", "get", declared="LoanForm.borrower", fix="none", mark="1"),
        lookup("Loan", "get", declared="LoanForm.id", fix="none", mark="2"),
    )


@shape(*validation(), site=forms.LoanForm)
def formset_validation():
    formset = forms.LoanFormSet(forms.posted())
    show(formset.is_valid())


@shape(*validation(), update("Loan", mark="3"), site=forms.LoanForm)
def formset_save():
    formset = forms.LoanFormSet(forms.posted())
    show(formset.is_valid())
    for form in formset:  # loop3
        form.save()  # access3


@shape(*validation(), update("Loan", mark="3"), site=forms.LoanForm)
def formset_save_all():
    formset = forms.LoanFormSet(forms.posted())
    show(formset.is_valid())
    show(formset.save())  # access3
