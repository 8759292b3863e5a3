"""What gunicorn serves: `WEB_CONCURRENCY=2 gunicorn gallery.wsgi --preload --threads 8`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gallery.settings")
application = get_wsgi_application()
