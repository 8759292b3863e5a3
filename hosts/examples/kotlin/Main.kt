import java.io.IOException
import java.nio.channels.FileChannel
import java.nio.file.Path
import java.nio.file.StandardOpenOption.CREATE
import java.nio.file.StandardOpenOption.TRUNCATE_EXISTING
import java.nio.file.StandardOpenOption.WRITE
import kotlin.system.exitProcess

/** Main LIBRARY PHOTO OUT.jpg [BOX]: a thumbnail of a photo, by the Java example's class. */
fun main(arguments: Array<String>) {
    if (arguments.size !in 3..4) {
        System.err.println("usage: Main LIBRARY PHOTO OUT.jpg [BOX]")
        exitProcess(2)
    }
    val box = if (arguments.size == 4) arguments[3].toInt() else 256
    try {
        run(Path.of(arguments[0]), Path.of(arguments[1]), Path.of(arguments[2]), box)
    } catch (error: Thumbox.ThumboxException) {
        System.err.println("error ${error.code}: ${error.message}")
        exitProcess(1)
    } catch (error: IOException) {
        System.err.println(error)
        exitProcess(1)
    }
}

private fun run(library: Path, photo: Path, out: Path, box: Int) {
    val log = Thumbox.Log { level, target, message -> System.err.println("[$level] $target: $message") }
    Thumbox(library, """{"log_level": "debug"}""", log).use { plugin ->
        println("plugin: ${plugin.call("plugin.info", "null")}")
        val image = Thumbox.read(photo)
        val info = plugin.probe(image)
        println("photo: ${info.width()} x ${info.height()}, ${info.format()}")
        val thumb = plugin.thumbnail(image, box, box, 85)
        val data = thumb.data()
        val size = data.remaining()
        FileChannel.open(out, CREATE, WRITE, TRUNCATE_EXISTING).use { file ->
            while (data.hasRemaining()) {
                file.write(data)
            }
        }
        println("$out: ${thumb.width()} x ${thumb.height()}, ${thumb.format()}, $size bytes")
    }
}
