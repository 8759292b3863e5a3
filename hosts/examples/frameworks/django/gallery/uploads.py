"""A form's field for pictures, and the limit on uploads. Both may be copied to any site."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse

import thumbox

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponseBase

MAX_FORM = 16 << 10
"""Bytes of what a form has beside the picture."""

TOO_LARGE = (100, 300, 301, 302, 303, 304)
NOT_A_PICTURE = (200, 203, 204)
STATUS = {10: 504, 13: 503, **dict.fromkeys(TOO_LARGE, 413), **dict.fromkeys(NOT_A_PICTURE, 415)}
"""The HTTP status for an error's code. Codes 101, 201 and 202 are 422, as is every form with an error."""

# With --preload it is loaded once, before gunicorn forks its workers.
plugin = thumbox.load(**settings.THUMBOX)


class PictureField(forms.FileField):
    """A `FileField` whose picture has a thumbnail: the cleaned file has it as its attribute `thumbnail`.

    It takes the place of `ImageField`, which decodes uploads with Pillow in this process.
    """

    def clean(self, data: object, initial: object = None) -> object:
        """Raises ValidationError for a picture that Thumbox refuses; its code is the HTTP status."""
        upload = super().clean(data, initial)
        # Not what was there before, nor False, by which a form says that it is to go.
        if isinstance(upload, UploadedFile):
            try:
                upload.thumbnail = plugin.thumbnail(upload.file, **settings.THUMBNAIL)
            except thumbox.PluginError as error:
                if error.code not in STATUS and not isinstance(error, thumbox.ImageError | thumbox.RequestError):
                    raise
                raise ValidationError(error.message, code=str(STATUS.get(error.code, 422))) from error
            upload.seek(0)
        return upload


def limit_uploads(answer: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """A middleware that refuses long requests before anything of their body is read.

    Under WSGI Django reads no more of a body than Content-Length says, and nothing without it.
    """

    def limited(request: HttpRequest) -> HttpResponseBase:
        if int(request.headers.get("Content-Length") or 0) > settings.MAX_UPLOAD + MAX_FORM:
            return HttpResponse("Content Too Large", status=413, headers={"Connection": "close"})
        return answer(request)

    return limited
