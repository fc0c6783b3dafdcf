"""Imports on the wire."""

from typing import Any

from rest_framework import serializers

from fieldwork.supervision.workbook.planning import Change
from fieldwork.supervision.workbook.sheets import SHEETS

SHEET_NAMES = [sheet.name for sheet in SHEETS]


class ImportAsking(serializers.Serializer[Any]):
    """How a workbook is to be taken."""

    dry_run = serializers.ChoiceField(
        ["true", "false"], default="false", help_text="show what would begin, change and end; store nothing"
    )
    sheet = serializers.ChoiceField(
        SHEET_NAMES, required=False, help_text="which sheet one csv file is, if its headings do not tell"
    )


class DifferenceOut(serializers.Serializer[Any]):
    """One line that changes something."""

    row = serializers.IntegerField(help_text="in the sheet, from 1")
    change = serializers.ChoiceField([str(change) for change in Change])
    name = serializers.CharField(help_text="what the line is about, as it is written there")
    was = serializers.DateField(allow_null=True, help_text="the last day before; null: none, or a new row")
    ends_on = serializers.DateField(allow_null=True)
    linkages = serializers.IntegerField(help_text="links that the end of a tenure takes along")


class SheetOut(serializers.Serializer[Any]):
    sheet = serializers.CharField()
    begins = serializers.IntegerField()
    ends = serializers.IntegerField()
    changes = serializers.IntegerField(help_text="last days moved or taken back")
    unchanged = serializers.IntegerField()
    differences = DifferenceOut(many=True, help_text="the first 500")


class ImportOut(serializers.Serializer[Any]):
    """What an import did, or with `dry_run` would do."""

    sha256 = serializers.CharField()
    dry_run = serializers.BooleanField()
    changed = serializers.IntegerField(help_text="lines that changed something")
    sheets = SheetOut(many=True)
    ignored = serializers.ListField(
        child=serializers.CharField(), help_text="sheets and columns that were not read: hidden, or not of the template"
    )
