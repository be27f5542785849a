package dev.sild.report;

import java.nio.ByteBuffer;
import java.util.Base64;

/** Pieces of HTML. */
final class Markup {
  private static final long PNG_SIGNATURE = 0x89504e470d0a1a0aL;
  private static final int PNG_HEADER = 24;

  private Markup() {}

  /** Text for the inside of an element or of a quoted attribute; also well-formed XML. */
  static String escape(String text) {
    StringBuilder escaped = new StringBuilder(text.length() + 16);
    text.codePoints()
        .forEach(c -> {
          switch (c) {
            case '&' -> escaped.append("&amp;");
            case '<' -> escaped.append("&lt;");
            case '>' -> escaped.append("&gt;");
            case '"' -> escaped.append("&quot;");
            case '\'' -> escaped.append("&#39;");
            default -> escaped.appendCodePoint(allowed(c) ? c : 0xFFFD);
          }
        });
    return escaped.toString();
  }

  /** What XML 1.0 and HTML allow: a colour code from a terminal's log is not among it. */
  private static boolean allowed(int c) {
    return c == '\n'
        || c == '\t'
        || c >= 0x20 && c < 0x7f
        || c >= 0xa0 && c < 0xd800
        || c >= 0xe000 && c < 0xfffe
        || c >= 0x10000;
  }

  /** An image element that holds its own PNG; small pictures keep their pixels sharp. */
  static String image(byte[] png, String alternative) {
    if (png.length < PNG_HEADER || ByteBuffer.wrap(png).getLong() != PNG_SIGNATURE)
      throw new IllegalArgumentException("not a PNG: " + alternative);
    int width = ByteBuffer.wrap(png).getInt(16); // IHDR is always the first chunk
    int height = ByteBuffer.wrap(png).getInt(20);
    return "<img%s width=\"%d\" height=\"%d\" alt=\"%s\" src=\"data:image/png;base64,%s\"/>"
        .formatted(
            width < 300 ? " class=\"pixels\"" : "",
            width,
            height,
            escape(alternative),
            Base64.getEncoder().encodeToString(png));
  }
}
