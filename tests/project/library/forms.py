"""Forms of the app."""

from __future__ import annotations

from django import forms

from tests.project.library.models import Author, Draft, Edition, Loan


class EditionForm(forms.Form):
    edition = forms.ModelChoiceField(Edition.objects.all())  # origin


class EagerEditionForm(forms.Form):
    edition = forms.ModelChoiceField(Edition.objects.select_related("book"))


class AuthorChoiceField(forms.ModelChoiceField):
    def label_from_instance(self, author):
        return f"{author.name} at {author.publisher.name}"  # access


class PublisherForm(forms.Form):
    author = AuthorChoiceField(Author.objects.all())  # origin


class LoanForm(forms.ModelForm):  # access2
    class Meta:
        model = Loan
        fields = ["borrower", "days"]  # access1


class DraftForm(forms.ModelForm):
    class Meta:
        model = Draft
        fields = ["title"]


LoanFormSet = forms.modelformset_factory(Loan, LoanForm, extra=0)


def posted():
    """What a browser would send back for all loans, each for one day more."""
    loans = Loan.objects.order_by("pk").values_list("pk", "borrower", "days")
    data = {"form-TOTAL_FORMS": len(loans), "form-INITIAL_FORMS": len(loans)}
    for number, (key, borrower, days) in enumerate(loans):
        data[f"form-{number}-id"] = key
        data[f"form-{number}-borrower"] = borrower
        data[f"form-{number}-days"] = days + 1
    return data
