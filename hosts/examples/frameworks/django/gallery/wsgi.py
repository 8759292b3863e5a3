"""What gunicorn serves: `gunicorn gallery.wsgi --preload --workers 2 --threads 8`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gallery.settings")
application = get_wsgi_application()
