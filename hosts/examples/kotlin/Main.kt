import java.io.IOException
import java.nio.file.Path
import kotlin.system.exitProcess
import thumbox.Options
import thumbox.Thumbox
import thumbox.ThumboxException

/** Main LIBRARY PHOTO OUT.jpg [BOX]: a thumbnail of a photo, by the Java example's package. */
fun main(arguments: Array<String>) {
    if (arguments.size !in 3..4) {
        System.err.println("usage: Main LIBRARY PHOTO OUT.jpg [BOX]")
        exitProcess(2)
    }
    val box = if (arguments.size == 4) arguments[3].toLong() else 256L
    try {
        run(Path.of(arguments[0]), Path.of(arguments[1]), Path.of(arguments[2]), box)
    } catch (error: ThumboxException) {
        System.err.println("error ${error.code}: ${error.message}")
        exitProcess(1)
    } catch (error: IOException) {
        System.err.println(error)
        exitProcess(1)
    }
}

private fun run(library: Path, photo: Path, out: Path, box: Long) {
    val log = Thumbox.Log { level, target, message -> System.err.println("[$level] $target: $message") }
    Thumbox(library, """{"log_level": "debug"}""", log).use { plugin ->
        println("plugin: ${plugin.call("plugin.info", "null")}")
        val image = Thumbox.read(photo)
        val info = plugin.probe(image)
        println("photo: ${info.width()} x ${info.height()}, ${info.format()}")
        val thumb = plugin.thumbnail(image, Options(box, box))
        thumb.save(out)
        println("$out: ${thumb.width()} x ${thumb.height()}, ${thumb.format()}, ${thumb.data().remaining()} bytes")
    }
}
