package thumbox;

import com.sun.jna.Callback;
import com.sun.jna.IntegerType;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import com.sun.jna.Structure;

/** The C functions of thumbox.h; JNA finds them by their names. */
interface Library extends com.sun.jna.Library {
    Pointer plugin_create();

    Pointer plugin_init(Pointer plugin, byte[] config, Size length, LogCallback callback);

    FfiBuffer.Value plugin_call(Pointer handle, String tag, byte[] request, Size length);

    RbResponse.Value thumbox_call_parts(Pointer handle, int messageId, Pointer parts, Size count);

    void plugin_free_buffer(Pointer buffer);

    void rb_response_free(Pointer response);

    // A C bool is one byte; of a Java boolean JNA would read four.
    byte plugin_shutdown(Pointer handle);

    interface LogCallback extends Callback {
        void invoke(byte level, String target, Pointer message, Size length);
    }

    /** A size_t. */
    final class Size extends IntegerType {
        public Size() {
            this(0);
        }

        public Size(long value) {
            super(Native.SIZE_T_SIZE, value, true);
        }
    }

    @Structure.FieldOrder({"data", "len", "capacity", "error_code"})
    class FfiBuffer extends Structure {
        public Pointer data;
        public Size len;
        public Size capacity;
        public int error_code;

        public static final class Value extends FfiBuffer implements Structure.ByValue {}
    }

    @Structure.FieldOrder({"error_code", "len", "capacity", "data"})
    class RbResponse extends Structure {
        public int error_code;
        public int len;
        public int capacity;
        public Pointer data;

        public static final class Value extends RbResponse implements Structure.ByValue {}
    }
}
