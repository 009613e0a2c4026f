"""Receivers of the signals of Shipment; they send no query."""

from __future__ import annotations


def set_reference(sender, instance, **kwargs):
    instance.reference = instance.reference or f"to {instance.destination}"


def notify_carrier(sender, instance, created, **kwargs):
    instance.was_announced = created
