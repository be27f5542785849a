package dev.sild.cli;

import dev.sild.report.Figure;
import dev.sild.report.Plot;
import dev.sild.report.Report;
import dev.sild.report.Table;
import dev.sild.training.RunDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What an experiment found, theory beside measurement.
 *
 * @param title of the report
 * @param sentences what the figures say, the most important one first
 * @param tables for people, by what they show
 * @param rows for programs: the arguments, {@code theory} and {@code measured}
 * @param figures of the whole, as fitted slopes with their intervals, for programs
 * @param pictures images of the report; written beside it, too, as TITLE.png
 */
record Findings(
    String title,
    List<String> sentences,
    Map<String, Table> tables,
    List<Plot> plots,
    List<Map<String, Object>> rows,
    Map<String, Object> figures,
    List<Figure> pictures) {

  /** Findings without pictures. */
  Findings(
      String title,
      List<String> sentences,
      Map<String, Table> tables,
      List<Plot> plots,
      List<Map<String, Object>> rows,
      Map<String, Object> figures) {
    this(title, sentences, tables, plots, rows, figures, List.of());
  }

  /** For programs. */
  Map<String, Object> json() {
    Map<String, Object> json = new LinkedHashMap<>(figures);
    json.put("rows", rows);
    return json;
  }

  /** For people. */
  String text() {
    StringBuilder text = new StringBuilder();
    tables.forEach(
        (caption, table) -> text.append(caption).append("\n\n").append(table).append('\n'));
    return text + String.join("\n", sentences);
  }

  /** Writes {@code metrics.json}, {@code results.md} and {@code report.html} into a folder. */
  void write(Path out, String command, String device) throws IOException {
    RunDirectory folder = RunDirectory.at(Files.createDirectories(out));
    folder.writeJson("metrics.json", json());
    folder.write("results.md", markdown(command, device));
    Report report = new Report(title).summary(sentences.getFirst());
    sentences.stream().skip(1).forEach(report::text);
    if (!plots.isEmpty()) report.plots(plots.toArray(Plot[]::new));
    if (!pictures.isEmpty()) report.figures(pictures.toArray(Figure[]::new));
    for (Figure picture : pictures) folder.write(picture.title() + ".png", picture.png());
    tables.forEach(report::table);
    report.reproduce(command, device).write(out.resolve("report.html"));
  }

  private String markdown(String command, String device) {
    StringBuilder text = new StringBuilder("# %s\n\n".formatted(title));
    text.append(String.join("\n\n", sentences));
    text.append("\n\n```\n%s\n```\n\n%s.\n".formatted(command, device));
    tables.forEach(
        (caption, table) -> text.append("\n%s\n\n%s".formatted(caption, table.markdown())));
    return text.toString();
  }
}
