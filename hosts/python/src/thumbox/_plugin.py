"""What both variants have in common."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from functools import partial
from typing import TYPE_CHECKING, ClassVar, SupportsIndex

from thumbox import _options as check
from thumbox._errors import HEADER, PluginError, RequestError, closed_error
from thumbox._in_threads import Threads
from thumbox._layouts import (
    DEFAULT_EFFORT,
    DEFAULT_QUALITY,
    MSG_IMAGE_PROBE,
    MSG_PLACEHOLDER,
    MSG_THUMBNAIL_CREATE,
    MSG_THUMBNAIL_SET,
    PlaceholderRequestHeader,
    ProbeRequestHeaderV2,
)
from thumbox._reply import (
    ImageInfo,
    Placeholder,
    Thumbnail,
    parse_placeholder,
    parse_probe,
    parse_set,
    parse_thumbnail,
)
from thumbox._request import (
    Background,
    ColourName,
    FitName,
    FormatName,
    FramesName,
    Position,
    SubsamplingName,
    Target,
    ThumbnailOptions,
    set_header,
    set_targets,
)
from thumbox._slots import Slots
from thumbox._source import ImageSource, image_view
from thumbox._stats import Counter, Stats

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from types import TracebackType

    from typing_extensions import Buffer, Self, Unpack

__all__ = ["Plugin"]


class _CallOptions(ThumbnailOptions, total=False):
    """The options of a call: those of its thumbnails, and the limit."""

    max_pixels: SupportsIndex


class Plugin(ABC):
    """A loaded plugin, from `thumbox.load`. Threads may share it; `with` closes it.

    A call that waits longer than `max_wait` for a slot gets code 13. In the sandbox a call that runs past `timeout`
    gets code 10. The next call works, whatever a call raised. After `close` every call gets code 1.
    """

    variant: ClassVar[str]
    """"native", "wasm" or "sandbox"."""

    def __init__(self, options: check.CommonOptions) -> None:
        self._max_request = self._longest = options.max_request
        self.max_concurrent = options.concurrent
        """Calls at once; more wait."""
        self._slots = Slots(options.concurrent, options.max_wait)
        self._counter = Counter()
        self._threads = Threads(options.concurrent, options.max_wait, self._slots.too_many)
        self.loaded_by: tuple[Callable[..., Plugin], tuple[object, ...]] | None = None
        """The function that made it, and its arguments, for pickle."""

    def __reduce__(self) -> tuple[Callable[..., Plugin], tuple[object, ...]]:
        """For pickle and other processes: it is loaded there with the same options."""
        if self.closed:
            raise closed_error(self.variant)
        if self.loaded_by is None:
            raise TypeError("only a plugin that thumbox.load made can be pickled")
        return self.loaded_by

    @abstractmethod
    def call_raw(self, message_id: int, /, *parts: Buffer, borrow: bool = False) -> memoryview:
        """The reply to a binary request: messages 1 and 100 to 103, as `thumbox.wire` lays them out.

        reply = plugin.call_raw(thumbox.MSG_THUMBNAIL_CREATE, header, image)

        message_id  0 to 2**32 - 1.
        parts       the request, in one part or several that are read as one, at most `max_request` bytes in all. A part
                    is any C-contiguous buffer, whatever its items are.
        borrow      True saves the copy of a large reply: it is shown where it lies. What it lies in, a whole instance
                    of the sandbox, is kept until the last view or slice is gone, and counts as a running call.
                    Default False.

        The reply is read-only and owns its memory: it may be kept, sliced, and used after `close`.

        Raises PluginError, or its subclass for the code, for everything that the plugin refuses; ValueError for a
        buffer that is not contiguous, because copying it silently would be expensive; TypeError for a part that is not
        a buffer, or whose items are addresses.
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
        """The reply to a message of the JSON transport; request and reply are JSON values.

        version = plugin.call("plugin.info")["version"]

        tag      "echo", "thumbnail.create", "image.probe", "image.placeholder" or "plugin.info".
        request  anything that `json.dumps` takes. Default None.

        Raises PluginError: code 5 for a request that is not an object where one is needed, 6 for an unknown tag, and
        the codes of the binary messages. LimitError, code 302, for a reply with more than 100,000 of the characters
        [ ] { } , : " and backslash, more than 127 nested lists and objects, or, above 1 MiB, anything but ASCII without
        escapes. InternalError, code 900, for a reply that is not JSON, or has a number of more than 32 characters.
        ValueError for a tag with NUL; TypeError for a request that is not JSON.
        """
        if "\0" in tag:
            raise ValueError(f"tag is {tag!r}; a text without NUL is allowed")
        return self._call_json(tag, json.dumps(request))

    def thumbnail(
        self,
        image: ImageSource,
        width: SupportsIndex = 0,
        height: SupportsIndex = 0,
        *,
        format: FormatName = "jpeg",  # noqa: A002 -- the word that everybody uses, also Pillow
        quality: SupportsIndex = DEFAULT_QUALITY,
        fit: FitName = "inside",
        enlarge: bool = False,
        lossless: bool = False,
        refuse_truncated: bool = False,
        background: Background = None,
        position: Position = "centre",
        effort: SupportsIndex = DEFAULT_EFFORT,
        frames: FramesName = "first",
        colour: ColourName = "srgb",
        subsampling: SubsamplingName = "auto",
        progressive: bool | None = None,
        palette: bool = False,
        page: SupportsIndex = 0,
        max_pixels: SupportsIndex = 0,
    ) -> Thumbnail:
        """A thumbnail of an image: upright, in sRGB, without metadata.

        plugin.thumbnail(image, 256, 256, format="webp", quality=80).save("thumb.webp")

        image             the image file: its bytes, in any C-contiguous buffer such as bytes, a memoryview or an mmap;
                          a pathlib.Path; or a file that is open in binary mode, which is read from where it stands and
                          not closed. A text is a TypeError, so that a form's field never becomes a file's name.
        width, height     the box in pixels, 0 to 2**32 - 1. A side of 0 is in proportion to the other; both 0 mean
                          100 x 100. Default 0.
        format            what to write: "jpeg", "png" or "webp". Default "jpeg".
        quality           1 to 100; PNG ignores it, and takes 0, too. Default 85.
        fit               "inside": within the box, in the picture's proportions. "cover": fills the box, and crops.
                          "stretch": each side to the box's. "contain": as "inside", then padded to the box. The last
                          three need both sides. Default "inside".
        enlarge           True lets a picture become larger than it is. Default False.
        lossless          True makes a lossless WebP; only "webp" has that choice. Default False.
        refuse_truncated  True makes a truncated image an error, code 202, instead of a picture with a neutral rest.
                          Default False.
        background        what shows under transparency in a JPEG, and around what "contain" pads: "#rrggbb", or (red,
                          green, blue), each 0 to 255. Default None: white, but transparent around a picture in a PNG or
                          WebP.
        position          what "cover" keeps; no other fit has that choice. A side or corner in the words of CSS ("top",
                          "right top") or of a compass ("north", "northeast"). "attention": where there is the most to
                          look at. (x, y), each 0 to 1, of the upright picture: this point is in the middle, as far as
                          the edges allow. Default "centre".
        effort            how hard the encoder works for a small file: 0, as fast as it can, to 6, as small as it can.
                          Default 4.
        frames            "first", or "all": an animated WebP with every frame of a GIF, PNG, WebP or AVIF, their
                          durations and repetitions. A still stays one. Only "webp" has that choice. Default "first".
        colour            "srgb", or "keep": the picture's own space, if that is RGB or grey with an ICC profile, which
                          the thumbnail then carries. Grey in a WebP becomes sRGB. Default "srgb".
        subsampling       the samples of colour of a JPEG: "4:2:0", "4:4:4", or "auto", which is 4:2:0 below quality 90.
                          Only "jpeg" has that choice. Default "auto".
        progressive       True makes a JPEG progressive, False baseline. Only "jpeg" has that choice. Default None:
                          baseline, but at effort 6 whichever is smaller.
        palette           True gives a PNG a palette of at most 256 colours, chosen for the picture; only "png" has that
                          choice. Default False.
        page              the frame of an animation, or the page of a TIFF, that is shown, from 0. Default 0.
        max_pixels        pixels of the source for this call, 0 to 2**32 - 1; more is code 300. It can only lower the
                          plugin's own limit. Default 0: that limit.

        Raises ImageError, codes 200 to 204, for what is wrong with the image; LimitError, codes 300 to 304, for what it
        would take; RequestError, code 100, for an image longer than `max_request`; TypeError and ValueError for an
        argument of the wrong type or value, which names it and what is allowed; PluginError for the call itself.
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
            position=position,
            effort=effort,
            frames=frames,
            colour=colour,
            subsampling=subsampling,
            progressive=progressive,
            palette=palette,
            page=page,
        )
        limit = check.integer("max_pixels", max_pixels, 0, check.U32)
        view = self._view_of(image)
        header = target.header(limit, view.nbytes)
        return parse_thumbnail(self.call_raw(MSG_THUMBNAIL_CREATE, header, view))

    def thumbnails(
        self,
        image: ImageSource,
        sizes: Iterable[tuple[SupportsIndex, SupportsIndex] | Mapping[str, object]],
        *,
        format: FormatName = "jpeg",  # noqa: A002 -- as above
        quality: SupportsIndex = DEFAULT_QUALITY,
        fit: FitName = "inside",
        enlarge: bool = False,
        lossless: bool = False,
        refuse_truncated: bool = False,
        background: Background = None,
        position: Position = "centre",
        effort: SupportsIndex = DEFAULT_EFFORT,
        frames: FramesName = "first",
        colour: ColourName = "srgb",
        subsampling: SubsamplingName = "auto",
        progressive: bool | None = None,
        palette: bool = False,
        page: SupportsIndex = 0,
        max_pixels: SupportsIndex = 0,
    ) -> list[Thumbnail]:
        """Up to 32 thumbnails of one image, which is decoded once.

        small, large = plugin.thumbnails(image, [(128, 128), {"width": 512, "format": "webp"}])

        image  the image file, as in `thumbnail`.
        sizes  1 to 32 members: (width, height), or a dictionary with `width`, `height` and any option below, which then
               holds for that member. Width and height are 0 to 2**32 - 1, as in `thumbnail`.

        The options, their ranges and defaults are those of `thumbnail`. `max_pixels` holds for all members and is no
        member's own; `refuse_truncated`, `frames`, `colour` and `page` of one member hold for
        all.

        The thumbnails come in the order of `sizes`. Small ones may differ from the same thumbnail made alone in the
        last bits, never in size.

        Raises what `thumbnail` raises. If one member cannot be made, none is, and the error names it.
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
                "position": position,
                "effort": effort,
                "frames": frames,
                "colour": colour,
                "subsampling": subsampling,
                "progressive": progressive,
                "palette": palette,
                "page": page,
            },
        )
        limit = check.integer("max_pixels", max_pixels, 0, check.U32)
        view = self._view_of(image)
        header = set_header(targets, limit, view.nbytes)
        return parse_set(self.call_raw(MSG_THUMBNAIL_SET, header, view), len(targets))

    def probe(self, image: ImageSource) -> ImageInfo:
        """What an image's headers say; no pixel is decoded.

        info = plugin.probe(image)
        print(info.format, info.width, info.height, info.frames)

        image  the image file, as in `thumbnail`; at most `max_request` bytes.

        Raises ImageError, codes 200 to 204, for what is wrong with the headers; RequestError, code 100, for an image
        longer than `max_request`; TypeError for an image that is not a buffer; PluginError for the call itself.
        """
        view = self._view_of(image)
        header = bytes(ProbeRequestHeaderV2.create(view.nbytes))
        return parse_probe(self.call_raw(MSG_IMAGE_PROBE, header, view))

    def placeholder(self, image: ImageSource, *, max_pixels: SupportsIndex = 0) -> Placeholder:
        """What is shown of an image until a thumbnail is there: a ThumbHash of some 25 bytes, and an average colour.

        placeholder = plugin.placeholder(image)
        page = f'<img src="{placeholder.data_url()}" width="{placeholder.width}" height="{placeholder.height}">'

        image       the image file, as in `thumbnail`; at most `max_request` bytes.
        max_pixels  pixels of the source for this call, 0 to 2**32 - 1; more is code 300. It can only lower the
                    plugin's own limit. Default 0: that limit.

        The hash is of what `thumbnail` shows in 100 x 100 pixels, and takes about as long. It is stored beside the
        picture, in a database or in JSON as base64, and a page draws it before it asks for any picture.

        Raises what `thumbnail` raises.
        """
        limit = check.integer("max_pixels", max_pixels, 0, check.U32)
        view = self._view_of(image)
        header = bytes(PlaceholderRequestHeader.create(limit, view.nbytes))
        return parse_placeholder(self.call_raw(MSG_PLACEHOLDER, header, view))

    async def athumbnail(
        self,
        image: ImageSource,
        width: SupportsIndex = 0,
        height: SupportsIndex = 0,
        **options: Unpack[_CallOptions],
    ) -> Thumbnail:
        """`thumbnail`, with the same arguments and errors, for programs on asyncio.

        thumbnail = await plugin.athumbnail(image, 256, 256, format="webp")

        The call runs in one of the plugin's threads, of which there are `max_concurrent`, and waits up to `max_wait`
        for it. A caller that is cancelled is free at once: a call that has not begun is never made, and one that runs
        ends by itself, at the latest with its deadline.
        """
        return await self._threads.run(partial(self.thumbnail, image, width, height, **options))

    async def athumbnails(
        self,
        image: ImageSource,
        sizes: Iterable[tuple[SupportsIndex, SupportsIndex] | Mapping[str, object]],
        **options: Unpack[_CallOptions],
    ) -> list[Thumbnail]:
        """`thumbnails`, for programs on asyncio; see `athumbnail`."""
        return await self._threads.run(partial(self.thumbnails, image, sizes, **options))

    async def aprobe(self, image: ImageSource) -> ImageInfo:
        """`probe`, for programs on asyncio; see `athumbnail`."""
        return await self._threads.run(partial(self.probe, image))

    async def aplaceholder(self, image: ImageSource, *, max_pixels: SupportsIndex = 0) -> Placeholder:
        """`placeholder`, for programs on asyncio; see `athumbnail`."""
        return await self._threads.run(partial(self.placeholder, image, max_pixels=max_pixels))

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

    def _view_of(self, image: ImageSource) -> memoryview:
        return image_view(image, self._longest, self._check_length)

    def _check_length(self, total: int) -> None:
        if total > self._longest:
            self._counter.reject()
            raise self._too_long(total)

    def _too_long(self, total: int) -> PluginError:
        return RequestError(HEADER, f"the request has {total} bytes; max_request allows {self._max_request}")
