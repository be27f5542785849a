package dev.sild.report;

import static dev.sild.report.Markup.escape;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.stream.IntStream;

/**
 * One HTML file that needs nothing else: style, images and plots are inside it, and it forbids the
 * browser to fetch anything. Parts stand in the order in which they were added; all text is
 * escaped.
 */
public final class Report {
  private final String title;
  private final StringBuilder body = new StringBuilder();
  private final StringBuilder footer = new StringBuilder();

  /** An empty report under a title. */
  public Report(String title) {
    this.title = title;
  }

  /** The sentence that a reader in a hurry should see first. */
  public Report summary(String sentence) {
    body.append("<p class=\"lead\">").append(escape(sentence)).append("</p>\n");
    return this;
  }

  /** Begins a section. */
  public Report heading(String text) {
    body.append("<h2>").append(escape(text)).append("</h2>\n");
    return this;
  }

  /** A paragraph. */
  public Report text(String paragraph) {
    body.append("<p>").append(escape(paragraph)).append("</p>\n");
    return this;
  }

  /**
   * Images side by side.
   *
   * @throws IllegalArgumentException if one is not a PNG
   */
  public Report figures(Figure... figures) {
    body.append("<div class=\"row\">\n");
    for (Figure figure : figures)
      body.append("<figure>")
          .append(caption("<strong>" + escape(figure.title()) + "</strong>"))
          .append(Markup.image(figure.png(), figure.title()))
          .append(figure.caption().isEmpty() ? "" : caption(escape(figure.caption())))
          .append("</figure>\n");
    body.append("</div>\n");
    return this;
  }

  /** Plots side by side, two to a line. */
  public Report plots(Plot... plots) {
    body.append("<div class=\"row plots\">\n");
    for (Plot plot : plots)
      body.append("<figure>")
          .append(
              plot.title().isEmpty()
                  ? ""
                  : caption("<strong>" + escape(plot.title()) + "</strong>"))
          .append(legend(plot.curves()))
          .append(plot.svg())
          .append("</figure>\n");
    body.append("</div>\n");
    return this;
  }

  /** A table with a line above it, which may be empty. */
  public Report table(String caption, Table table) {
    body.append("<div class=\"wide\"><table>\n");
    if (!caption.isEmpty()) body.append("<caption>").append(escape(caption)).append("</caption>\n");
    body.append("<thead>").append(row("th", table.header(), table)).append("</thead>\n<tbody>\n");
    table.rows().forEach(cells -> body.append(row("td", cells, table)).append('\n'));
    body.append("</tbody></table></div>\n");
    return this;
  }

  /** Text in which spaces and lines matter: a configuration, a memory plan. */
  public Report preformatted(String caption, String text) {
    if (!caption.isEmpty()) body.append("<h3>").append(escape(caption)).append("</h3>\n");
    body.append("<pre>").append(escape(text.stripTrailing())).append("</pre>\n");
    return this;
  }

  /** The foot of the page: the command that makes this report again, and where it was made. */
  public Report reproduce(String command, String note) {
    footer.append("<p>To reproduce:</p>\n<pre>").append(escape(command)).append("</pre>\n");
    if (!note.isEmpty()) footer.append("<p>").append(escape(note)).append("</p>\n");
    return this;
  }

  /** The whole page: HTML that is well-formed XML, too. */
  public String html() {
    return """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8"/>
    <meta name="viewport" content="width=device-width, initial-scale=1"/>
    <meta http-equiv="Content-Security-Policy"
      content="default-src 'none'; img-src data:; style-src 'unsafe-inline'"/>
    <title>%s</title>
    <style>
    %s</style>
    </head>
    <body>
    <main>
    <h1>%s</h1>
    %s%s</main>
    </body>
    </html>
    """
        .formatted(
            escape(title),
            style(),
            escape(title),
            body,
            footer.isEmpty() ? "" : "<footer>\n" + footer + "</footer>\n");
  }

  /**
   * Writes the page whole or not at all: to a file beside it first, which then takes its name.
   *
   * @throws IOException if the disk refuses; an older report is then still there
   */
  public void write(Path file) throws IOException {
    Path directory = file.toAbsolutePath().getParent();
    Files.createDirectories(directory);
    Path draft = directory.resolve("." + file.getFileName() + ".tmp"); // with the user's umask
    try {
      Files.writeString(draft, html(), StandardCharsets.UTF_8);
      Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(draft);
    }
  }

  private static String caption(String markup) {
    return "<figcaption>" + markup + "</figcaption>\n";
  }

  private static String legend(List<Curve> curves) {
    StringBuilder entries = new StringBuilder();
    for (int i = 0; i < curves.size(); i++) {
      Curve curve = curves.get(i);
      if (curve.name().isEmpty()) continue;
      String mark =
          curve.style() == Curve.Style.POINTS
              ? "<circle cx=\"11\" cy=\"5\" r=\"2.8\"/>"
              : "<path class=\"curve%s\" d=\"M0 5H22\"/>"
                  .formatted(Plot.dashed(curve, i) ? " dashed" : "");
      entries.append(
          "<li><svg class=\"key\" viewBox=\"0 0 22 10\"><g class=\"s%d\">%s</g></svg>%s</li>\n"
              .formatted(i % Plot.COLOURS, mark, escape(curve.name())));
    }
    return entries.isEmpty() ? "" : "<ul class=\"legend\">\n" + entries + "</ul>\n";
  }

  private static String row(String element, List<String> cells, Table table) {
    StringBuilder row = new StringBuilder("<tr>");
    IntStream.range(0, cells.size())
        .forEach(j -> {
          String cell = cells.get(j).equals(Table.UNDEFINED) ? "–" : escape(cells.get(j));
          String kind = table.numeric(j) ? " class=\"number\"" : "";
          row.append("<%s%s>%s</%s>".formatted(element, kind, cell, element));
        });
    return row.append("</tr>").toString();
  }

  private static String style() {
    try (InputStream in = Report.class.getResourceAsStream("report.css")) {
      if (in == null) throw new IllegalStateException("report.css is missing from the jar");
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
