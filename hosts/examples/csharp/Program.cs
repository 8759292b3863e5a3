using System;
using System.IO;

/// <summary>thumbnail LIBRARY PHOTO OUT.jpg [BOX]: a thumbnail of a photo.</summary>
internal static class Program
{
    private static int Main(string[] arguments)
    {
        if (arguments.Length < 3 || arguments.Length > 4)
        {
            Console.Error.WriteLine("usage: thumbnail LIBRARY PHOTO OUT.jpg [BOX]");
            return 2;
        }
        string photo = arguments[1], output = arguments[2];
        var box = arguments.Length == 4 ? uint.Parse(arguments[3]) : 256;
        ThumboxLog log = (level, target, message) => Console.Error.WriteLine($"[{level}] {target}: {message}");
        try
        {
            using (var plugin = new Thumbox(arguments[0], "{\"log_level\": \"debug\"}", log))
            {
                Console.WriteLine("plugin: " + plugin.CallJson("plugin.info", "null"));
                var image = File.ReadAllBytes(photo);
                var info = plugin.Probe(image);
                Console.WriteLine($"photo: {info.Width} x {info.Height}, {info.Format}");
                var thumb = plugin.Make(image, box, box);
                using (var file = File.Create(output))
                {
                    file.Write(thumb.Data.Array, thumb.Data.Offset, thumb.Data.Count);
                }
                Console.WriteLine($"{output}: {thumb.Width} x {thumb.Height}, {thumb.Format}, {thumb.Data.Count} bytes");
                return 0;
            }
        }
        catch (ThumboxException error)
        {
            Console.Error.WriteLine($"error {error.Code}: {error.Message}");
        }
        catch (IOException error)
        {
            Console.Error.WriteLine(error.Message);
        }
        return 1;
    }
}
