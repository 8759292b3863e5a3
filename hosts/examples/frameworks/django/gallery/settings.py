"""The settings of the site. docs/guide/django.md says what each is for."""

import os
from pathlib import Path

BASE_DIR = Path(os.environ.get("GALLERY_DATA") or Path(__file__).parents[1])

SECRET_KEY = os.environ.get("SECRET_KEY") or "only for trying this out"
TIME_ZONE = "UTC"
ALLOWED_HOSTS = os.environ.get("ALLOWED_HOSTS", "localhost,127.0.0.1").split(",")
ROOT_URLCONF = "gallery.urls"
WSGI_APPLICATION = "gallery.wsgi.application"
MIDDLEWARE = [
    "gallery.uploads.limit_uploads",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [Path(__file__).parent / "templates"],
    },
]

# What strangers send is never served as it is; only thumbnails have a URL.
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": BASE_DIR / "uploads"},
    },
    "thumbnails": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": BASE_DIR / "thumbnails", "base_url": "/thumbnails/"},
    },
}

MAX_UPLOAD = int(os.environ.get("MAX_UPLOAD", str(20 << 20)))
THUMBNAIL = {"width": 256, "height": 256, "format": "webp", "quality": 80}
# The arguments of thumbox.load.
THUMBOX = {
    "formats": ("jpeg", "png", "webp"),
    "max_pixels": 50_000_000,
    "max_request": MAX_UPLOAD,
    "max_concurrent": max(1, (os.cpu_count() or 1) // int(os.environ.get("WEB_CONCURRENCY", "1"))),
    "max_wait": float(os.environ.get("MAX_WAIT", "20")),
    "timeout": float(os.environ.get("TIMEOUT", "5")),
    "cache": os.environ.get("THUMBOX_CACHE") or True,
}
