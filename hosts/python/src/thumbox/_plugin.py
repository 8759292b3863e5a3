"""What both variants have in common."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar, SupportsIndex

from thumbox import _options as check
from thumbox._errors import HEADER, PluginError, RequestError
from thumbox._layouts import (
    MSG_IMAGE_PROBE,
    MSG_THUMBNAIL_CREATE,
    MSG_THUMBNAIL_SET,
    ProbeRequestHeader,
)
from thumbox._reply import ImageInfo, Thumbnail, parse_probe, parse_set, parse_thumbnail
from thumbox._request import Background, Target, image_view, set_header, set_targets
from thumbox._slots import Slots
from thumbox._stats import Counter, Stats

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from types import TracebackType

    from typing_extensions import Buffer, Self

__all__ = ["Plugin"]


class Plugin(ABC):
    """A loaded plugin. Threads may share it; `with` closes it."""

    variant: ClassVar[str]
    """"native" or "wasm"."""

    def __init__(self, options: check.CommonOptions) -> None:
        self._max_request = self._longest = options.max_request
        self._slots = Slots(options.concurrent, options.max_wait)
        self._counter = Counter()

    @abstractmethod
    def call_raw(self, message_id: int, /, *parts: Buffer, borrow: bool = False) -> memoryview:
        """The reply to a request that may come in several parts.

        A part is any C-contiguous buffer, whatever its items are; others are refused with a ValueError, because
        copying them silently would be dear, and items that are addresses with a TypeError. The reply is read-only and
        owns what it shows: it may be kept, sliced, and used after `close`. An error is raised as a `PluginError`.

        `borrow` saves the copy of a large reply: it is shown where it lies, and what it lies in, a whole instance
        of the sandbox, is kept until the last view or slice has gone, and counts as a call that runs.
        """

    @abstractmethod
    def stats(self) -> Stats:
        """What the plugin has done so far."""

    @abstractmethod
    def close(self) -> None:
        """Ends the plugin, and any number of times: later calls raise PluginError with code 1."""

    @property
    @abstractmethod
    def closed(self) -> bool:
        """Whether close() was called."""

    @abstractmethod
    def _call_json(self, tag: str, request: str) -> object: ...

    def call(self, tag: str, request: object = None) -> object:
        """The reply to a message of the JSON transport, such as "plugin.info"; both sides are JSON values.

        A reply is read if it is no more than ours may be: 100,000 of the characters [ ] { } , : " and backslash, 127
        lists and objects within each other, numbers of 32 characters; above 1 MiB, ASCII without escapes. Texts may be
        long. Else it is a LimitError, code 302; a number that is longer makes it no JSON, code 900.
        """
        if "\0" in tag:
            raise ValueError(f"tag is {tag!r}; a text without NUL is allowed")
        return self._call_json(tag, json.dumps(request))

    def thumbnail(
        self,
        image: Buffer,
        width: SupportsIndex = 0,
        height: SupportsIndex = 0,
        *,
        format: str = "jpeg",  # noqa: A002 -- the word that everybody uses, also Pillow
        quality: SupportsIndex = 85,
        fit: str = "inside",
        enlarge: bool = False,
        lossless: bool = False,
        refuse_truncated: bool = False,
        background: Background = None,
        max_pixels: SupportsIndex = 0,
    ) -> Thumbnail:
        """A thumbnail of the image file whose bytes `image` is.

        A side of 0 is in proportion to the other; both 0 mean 100 x 100. `format`: "jpeg", "png" or "webp".
        `fit`: "inside" the box, "cover" it and crop, or "stretch". `background`, "#rrggbb" or (r, g, b), shows
        under transparency in a JPEG. `max_pixels` refuses a larger source; 0 is the plugin's own limit.
        """
        target = Target.checked(
            width,
            height,
            format=format,
            quality=quality,
            fit=fit,
            enlarge=enlarge,
            lossless=lossless,
            refuse_truncated=refuse_truncated,
            background=background,
        )
        limit = check.integer("max_pixels", max_pixels, 0, check.U32)
        view = image_view(image)
        self._check_length(view.nbytes)
        header = target.header(limit, view.nbytes)
        return parse_thumbnail(self.call_raw(MSG_THUMBNAIL_CREATE, header, view))

    def thumbnails(
        self,
        image: Buffer,
        sizes: Iterable[tuple[SupportsIndex, SupportsIndex] | Mapping[str, object]],
        *,
        format: str = "jpeg",  # noqa: A002 -- as above
        quality: SupportsIndex = 85,
        fit: str = "inside",
        enlarge: bool = False,
        lossless: bool = False,
        refuse_truncated: bool = False,
        background: Background = None,
    ) -> list[Thumbnail]:
        """Up to 32 thumbnails of one image, which is decoded once.

        Each size is (width, height), or a dictionary with `width`, `height` and any option of its own:
        `[(128, 128), {"width": 512, "format": "webp"}]`. If one cannot be made, the error names it.
        """
        targets = set_targets(
            sizes,
            {
                "format": format,
                "quality": quality,
                "fit": fit,
                "enlarge": enlarge,
                "lossless": lossless,
                "refuse_truncated": refuse_truncated,
                "background": background,
            },
        )
        view = image_view(image)
        self._check_length(view.nbytes)
        header = set_header(targets, view.nbytes)
        return parse_set(self.call_raw(MSG_THUMBNAIL_SET, header, view), len(targets))

    def probe(self, image: Buffer) -> ImageInfo:
        """What the image's headers say; no pixel is decoded."""
        view = image_view(image)
        self._check_length(view.nbytes)
        header = bytes(ProbeRequestHeader.create(view.nbytes))
        return parse_probe(self.call_raw(MSG_IMAGE_PROBE, header, view))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<thumbox plugin, {self.variant}, {'closed' if self.closed else 'open'}>"

    def _checked_id(self, message_id: int) -> int:
        if type(message_id) is int and 0 <= message_id <= check.U32:
            return message_id
        return check.integer("message_id", message_id, 0, check.U32)

    def _check_length(self, total: int) -> None:
        if total > self._longest:
            self._counter.reject()
            raise self._too_long(total)

    def _too_long(self, total: int) -> PluginError:
        return RequestError(HEADER, f"the request has {total} bytes; max_request allows {self._max_request}")
