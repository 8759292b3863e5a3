package thumbox;

/** A call that was answered with an error: the number is for programs, the message for people. */
public final class ThumboxException extends RuntimeException {
    /** Who must act. */
    public enum Kind {
        /** Whoever runs the plugin: codes 1 to 13, such as 10 for a deadline and 13 for too many calls. */
        CALL,
        /** Whoever wrote the request: codes 100 to 199. */
        REQUEST,
        /** Whoever sent the image: codes 200 to 299. */
        IMAGE,
        /** Whoever set the limit, or sends less: codes 300 to 399. */
        LIMIT,
        /** The developers of Thumbox: code 900, a bug. */
        INTERNAL
    }

    /** The reply is not what the interface promises. */
    static final int BUG = 900;

    /** The error's number, as in ThumboxCode of thumbox.h. */
    public final int code;

    ThumboxException(int code, String message) {
        super(message);
        this.code = code;
    }

    /** Who must act. */
    public Kind kind() {
        return switch (code / 100) {
            case 0 -> Kind.CALL;
            case 1 -> Kind.REQUEST;
            case 2 -> Kind.IMAGE;
            case 3 -> Kind.LIMIT;
            default -> Kind.INTERNAL;
        };
    }
}
