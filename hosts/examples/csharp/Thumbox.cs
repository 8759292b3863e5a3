using System;
using System.Collections.Generic;
using System.IO;
using System.Runtime.InteropServices;
using System.Text;

/// <summary>Gets log messages, from any thread that calls.</summary>
public delegate void ThumboxLog(string level, string target, string message);

/// <summary>A call that was answered with an error: the number is for programs, the message for people.</summary>
public sealed class ThumboxException : Exception
{
    public uint Code { get; }

    public ThumboxException(uint code, string message) : base(message) => Code = code;
}

/// <summary>What an image's headers say: pixels of the upright picture, and the format's name.</summary>
public sealed class ImageInfo
{
    public uint Width, Height;
    public string Format;
}

/// <summary>A thumbnail: its pixels, its format's name, and its file.</summary>
public sealed class Thumbnail
{
    public uint Width, Height;
    public string Format;
    public ArraySegment<byte> Data;
}

/// <summary>
/// Thumbnails by libthumbox, or by libthumbox_sandbox for images from strangers: they have the same symbols.
/// For many threads; nobody may call while it is disposed of. The layouts are those of native/include/thumbox.h.
/// </summary>
public sealed class Thumbox : IDisposable
{
    public const uint ThumbnailCreate = 100, ImageProbe = 101;

    private static readonly string[] Formats =
    {
        "JPEG", "PNG", "WebP", "GIF", "BMP", "TIFF", "AVIF", "HEIC", "JPEG XL",
        "camera raw", "ICO", "QOI", "PNM", "TGA", "PSD", "JPEG 2000", "CUR",
    };
    private static readonly string[] Levels = { "trace", "debug", "info", "warn", "error" };

    private readonly Call call;
    private readonly CallParts callParts;
    private readonly FreeBuffer freeBuffer;
    private readonly FreeResponse freeResponse;
    private readonly Shutdown shutdown;
    // The library has only its address: without this field it would be collected while it is still called.
    private readonly LogCallback callback;
    private IntPtr handle;

    /// <summary>Loads a library, for good, and starts an instance of it.</summary>
    /// <param name="config">rustbridge's JSON, such as {"log_level": "debug", "data": {"timeout": 5}}</param>
    public Thumbox(string path, string config, ThumboxLog log = null)
    {
        var library = Loader.Load(Path.GetFullPath(path));
        call = Loader.Function<Call>(library, "plugin_call");
        callParts = Loader.Function<CallParts>(library, "thumbox_call_parts");
        freeBuffer = Loader.Function<FreeBuffer>(library, "plugin_free_buffer");
        freeResponse = Loader.Function<FreeResponse>(library, "rb_response_free");
        shutdown = Loader.Function<Shutdown>(library, "plugin_shutdown");
        if (log != null)
        {
            callback = (level, target, message, length) =>
                log(level < Levels.Length ? Levels[level] : level.ToString(), Text(target, Length(target)),
                    Text(message, checked((int)length)));
        }
        var json = Encoding.UTF8.GetBytes(config);
        var plugin = Loader.Function<Create>(library, "plugin_create")();
        handle = Loader.Function<Init>(library, "plugin_init")(plugin, json, (UIntPtr)json.Length, callback);
        if (handle == IntPtr.Zero)
        {
            throw new ThumboxException(2, path + " did not start; its log says why");
        }
    }

    /// <summary>Reads the headers; no pixel is decoded.</summary>
    public ImageInfo Probe(byte[] image)
    {
        var reply = CallRaw(ImageProbe, Header((uint)image.Length), image);
        return new ImageInfo { Width = Field(reply, 12), Height = Field(reply, 16), Format = Name(Field(reply, 20)) };
    }

    /// <summary>A JPEG inside the box; a side of 0 is in proportion to the other.</summary>
    public Thumbnail Make(byte[] image, uint width, uint height, uint quality = 85)
    {
        const uint jpeg = 0;
        var reply = CallRaw(ThumbnailCreate, Header(width, height, jpeg, quality, (uint)image.Length), image);
        return new Thumbnail
        {
            Width = Field(reply, 4),
            Height = Field(reply, 8),
            Format = Name(Field(reply, 12)),
            Data = new ArraySegment<byte>(reply, 20, checked((int)Field(reply, 16))),
        };
    }

    /// <summary>The reply to a request in parts, each read where it is.</summary>
    public byte[] CallRaw(uint messageId, params byte[][] parts)
    {
        var pinned = new List<GCHandle>(parts.Length);
        RbResponse response;
        try
        {
            var array = new Part[parts.Length];
            for (var i = 0; i < parts.Length; i++)
            {
                var pin = GCHandle.Alloc(parts[i], GCHandleType.Pinned);
                pinned.Add(pin);
                array[i] = new Part { Data = pin.AddrOfPinnedObject(), Length = (UIntPtr)parts[i].Length };
            }
            response = callParts(handle, messageId, array, (UIntPtr)array.Length);
        }
        finally
        {
            pinned.ForEach(pin => pin.Free());
        }
        try
        {
            var length = checked((int)response.Length);
            if (response.ErrorCode != 0)
            {
                throw new ThumboxException(response.ErrorCode, Text(response.Data, length));
            }
            return Bytes(response.Data, length);
        }
        finally
        {
            freeResponse(ref response);
        }
    }

    /// <summary>
    /// The JSON transport: the reply is an object with "status", and "payload" or "error_code" and "error_message".
    /// </summary>
    public string CallJson(string tag, string request)
    {
        var json = Encoding.UTF8.GetBytes(request);
        var buffer = call(handle, Encoding.UTF8.GetBytes(tag + "\0"), json, (UIntPtr)json.Length);
        try
        {
            return Text(buffer.Data, checked((int)buffer.Length));
        }
        finally
        {
            freeBuffer(ref buffer);
        }
    }

    /// <summary>Waits for running calls, and ends the instance.</summary>
    public void Dispose()
    {
        if (handle != IntPtr.Zero)
        {
            shutdown(handle);
            handle = IntPtr.Zero;
        }
        GC.KeepAlive(callback);
    }

    // Version 1, three zeros, and the fields, little-endian.
    private static byte[] Header(params uint[] fields)
    {
        var header = new byte[4 + 4 * fields.Length];
        header[0] = 1;
        for (var i = 0; i < fields.Length; i++)
        {
            for (var k = 0; k < 4; k++)
            {
                header[4 + 4 * i + k] = (byte)(fields[i] >> (8 * k));
            }
        }
        return header;
    }

    private static uint Field(byte[] reply, int offset) =>
        (uint)(reply[offset] | reply[offset + 1] << 8 | reply[offset + 2] << 16 | reply[offset + 3] << 24);

    private static string Name(uint format) => format < Formats.Length ? Formats[format] : "format " + format;

    private static string Text(IntPtr start, int length) => Encoding.UTF8.GetString(Bytes(start, length));

    private static byte[] Bytes(IntPtr start, int length)
    {
        var bytes = new byte[length];
        Marshal.Copy(start, bytes, 0, length);
        return bytes;
    }

    private static int Length(IntPtr text)
    {
        var length = 0;
        while (Marshal.ReadByte(text, length) != 0)
        {
            length++;
        }
        return length;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct FfiBuffer
    {
        public IntPtr Data;
        public UIntPtr Length, Capacity;
        public uint ErrorCode;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct RbResponse
    {
        public uint ErrorCode, Length, Capacity;
        public IntPtr Data;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Part
    {
        public IntPtr Data;
        public UIntPtr Length;
    }

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate IntPtr Create();

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate IntPtr Init(IntPtr plugin, byte[] config, UIntPtr length, LogCallback callback);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate FfiBuffer Call(IntPtr handle, byte[] tag, byte[] request, UIntPtr length);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate RbResponse CallParts(IntPtr handle, uint messageId, [In] Part[] parts, UIntPtr count);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate void FreeBuffer(ref FfiBuffer buffer);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate void FreeResponse(ref RbResponse response);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    [return: MarshalAs(UnmanagedType.I1)]
    private delegate bool Shutdown(IntPtr handle);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate void LogCallback(byte level, IntPtr target, IntPtr message, UIntPtr length);
}

/// <summary>A library by its file's name, and what it exports.</summary>
internal static class Loader
{
    public static T Function<T>(IntPtr library, string name) =>
        Marshal.GetDelegateForFunctionPointer<T>(Symbol(library, name));

#if NETCOREAPP
    public static IntPtr Load(string path) => NativeLibrary.Load(path);

    private static IntPtr Symbol(IntPtr library, string name) => NativeLibrary.GetExport(library, name);
#else
    // Mono has no NativeLibrary.
    private const int Now = 2;

    public static IntPtr Load(string path) => Found(dlopen(path, Now));

    private static IntPtr Symbol(IntPtr library, string name) => Found(dlsym(library, name));

    private static IntPtr Found(IntPtr pointer) =>
        pointer != IntPtr.Zero ? pointer : throw new DllNotFoundException(Marshal.PtrToStringAnsi(dlerror()));

    [DllImport("libdl.so.2")]
    private static extern IntPtr dlopen(string path, int flags);

    [DllImport("libdl.so.2")]
    private static extern IntPtr dlsym(IntPtr library, string name);

    [DllImport("libdl.so.2")]
    private static extern IntPtr dlerror();
#endif
}
