package dev.sild.cli;

import dev.sild.evaluation.PairedDifference;
import dev.sild.report.Table;
import dev.sild.theory.alignment.Course;
import dev.sild.theory.alignment.Repeats;
import dev.sild.theory.alignment.Setting;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What {@code theory alignment} found with Langevin noise. */
final class LangevinFindings {
  private LangevinFindings() {}

  static Findings of(List<Repeats> found) {
    Table table = Table.of("flow", "k", "d", "λ", "σ", "m", "normal part", "theory", "ratio");
    List<Map<String, Object>> rows = new ArrayList<>();
    for (Repeats row : found) {
      Setting s = row.setting();
      double theory = row.mean(Course::theoreticalLate).mean();
      PairedDifference late = row.mean(Course::late);
      table =
          table.row(
              AlignmentFindings.family(s),
              s.manifold().intrinsicDimension(),
              s.manifold().dimension(),
              AlignmentFindings.weight(s),
              s.sigma(),
              s.neurons(),
              AlignmentFindings.spread(late),
              theory,
              late.mean() / theory);
      Map<String, Object> json = AlignmentFindings.arguments(s);
      json.put("quantity", "late_normal_part");
      AlignmentFindings.put(json, theory, late);
      rows.add(json);
    }
    String sentence =
        "Langevin noise of temperature %s leaves a normal part that training time does not remove."
            .formatted(found.getFirst().setting().temperature());
    return new Findings(
        "Alignment by Langevin dynamics",
        List.of(sentence),
        Map.of("The normal part above the Bayes floor, mean over the second half of time", table),
        AlignmentPlots.of(found),
        rows,
        Map.of());
  }
}
