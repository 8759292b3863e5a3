"""Uses the field of the Django example in a form of a model: with a picture, a text, without a change, and to clear it.

    python picture_field.py PHOTO

Run with the example's folder as PYTHONPATH.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

os.environ["DJANGO_SETTINGS_MODULE"] = "gallery.settings"

import django
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import models

django.setup()

from gallery.uploads import PictureField


class Photo(models.Model):
    """A row with a picture, which may be without."""

    picture = models.FileField(blank=True)

    class Meta:
        app_label = "gallery"


class PhotoForm(forms.ModelForm):
    """What the admin would show."""

    picture = PictureField(required=False)

    class Meta:
        model = Photo
        fields = ("picture",)


def form(data: bytes | None, **sent: str) -> PhotoForm:
    """A form that was sent for a photo that is there."""
    files = {"picture": SimpleUploadedFile("picture", data)} if data is not None else {}
    return PhotoForm(sent, files, instance=Photo(picture="before.jpg"))


def main() -> None:
    """Prints what came of each."""
    good = form(Path(sys.argv[1]).read_bytes())
    assert good.is_valid()
    made = good.cleaned_data["picture"].thumbnail
    print(f"{made.width} x {made.height}")
    print([error.code for error in form(b"a text" * 100).errors.as_data()["picture"]])
    unchanged = form(None)
    assert unchanged.is_valid()
    assert unchanged.cleaned_data["picture"] == "before.jpg"
    print("kept")
    cleared = form(None, **{"picture-clear": "on"})
    assert cleared.is_valid()
    assert cleared.cleaned_data["picture"] is False
    print("cleared")


if __name__ == "__main__":
    main()
