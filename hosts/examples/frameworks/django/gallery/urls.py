"""The site's pages: a form for an upload, and thumbnails."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django import forms
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage, storages
from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_http_methods
from django.views.static import serve

from gallery.uploads import PictureField

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


class UploadForm(forms.Form):
    """One picture."""

    picture = PictureField(widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}))


@require_http_methods(["GET", "POST"])
def upload(request: HttpRequest) -> HttpResponse:
    """The form; after a good picture its thumbnail."""
    if request.method == "GET":
        return render(request, "upload.html", {"form": UploadForm()})
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        [error] = form.errors.as_data()["picture"]
        status = int(error.code) if error.code.isdigit() else 422
        answer = render(request, "upload.html", {"form": form}, status=status)
        if status == 503:  # noqa: PLR2004
            answer["Retry-After"] = "5"
        return answer
    picture = form.cleaned_data["picture"]
    name = uuid.uuid4().hex
    default_storage.save(name, picture)
    made = storages["thumbnails"].save(f"{name}.webp", ContentFile(bytes(picture.thumbnail)))
    return HttpResponseRedirect(storages["thumbnails"].url(made))


urlpatterns = [
    path("", upload),
    # A web server before Django does this better: nginx's `alias`, or the URL of a bucket.
    path("thumbnails/<path:path>", serve, {"document_root": storages["thumbnails"].location}),
]
