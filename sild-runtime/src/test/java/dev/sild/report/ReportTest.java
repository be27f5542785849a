package dev.sild.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sild.report.Curve.Style;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;

class ReportTest {
  private static final String NASTY = "<script>alert('\"&')</script> \u001b[31mred\u0000 \ud800 σ²";

  @Test
  void pageIsWellFormedWhateverTheTextIs() throws Exception {
    double[] x = {1, 2};
    Plot plot = new Plot(NASTY, NASTY, NASTY, true, false, List.of(new Curve(NASTY, x, x)));
    Report report =
        new Report(NASTY)
            .summary(NASTY)
            .heading(NASTY)
            .text(NASTY)
            .figures(new Figure(NASTY, png(3, 2), NASTY))
            .plots(plot)
            .table(NASTY, Table.of(NASTY).row(NASTY))
            .preformatted(NASTY, NASTY)
            .reproduce(NASTY, NASTY);
    Document page = parse(report.html());
    assertThat(page.getElementsByTagName("script").getLength()).isZero();
    assertThat(page.getElementsByTagName("h1").item(0).getTextContent())
        .isEqualTo("<script>alert('\"&')</script> \ufffd[31mred\ufffd \ufffd σ²");
  }

  @Test
  void pageNeedsNothingElse() throws IOException {
    String html = everything().html();
    assertThat(html).doesNotContain("http:").doesNotContain("https:").doesNotContain("url(");
    assertThat(html).doesNotContain("<link").doesNotContain("<script").doesNotContain("@import");
    assertThat(html).contains("default-src 'none'");
    assertThat(Pattern.compile("src=\"(?!data:)").matcher(html).find()).isFalse();
  }

  @Test
  void imagesAreCarriedBitForBit() throws IOException {
    byte[] png = png(40, 30);
    String html = new Report("r").figures(new Figure("data", png, "")).html();
    var source = Pattern.compile("base64,([^\"]*)\"").matcher(html);
    assertThat(source.find()).isTrue();
    assertThat(Base64.getDecoder().decode(source.group(1))).isEqualTo(png);
    assertThat(html).contains("width=\"40\" height=\"30\"").contains("class=\"pixels\"");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Report("r").figures(new Figure("data", new byte[100], "")));
  }

  @Test
  void partsStandInTheirOrder() throws IOException {
    String html = everything().html();
    List<String> marks =
        List.of(
            "<h1>", "class=\"lead\"", "<h2>", "<img", "viewBox=\"0 0 520", "<table>", "<footer>");
    List<Integer> places = marks.stream().map(html::indexOf).toList();
    assertThat(places).isSorted().doesNotContain(-1);
  }

  @Test
  void numbersStandToTheRightInTheTable() throws Exception {
    Table table = Table.of("method", "MSE").row("SiLD", 0.01).row("GAN", null);
    Document page = parse(new Report("r").table("", table).html());
    var cells = page.getElementsByTagName("td");
    assertThat(cells.getLength()).isEqualTo(4);
    assertThat(cells.item(0).getAttributes().getLength()).isZero();
    assertThat(cells.item(1).getAttributes().getNamedItem("class").getNodeValue())
        .isEqualTo("number");
    assertThat(cells.item(3).getTextContent()).isEqualTo("–");
  }

  @Test
  void fileIsReplacedWholeOrNotAtAll(@TempDir Path directory) throws IOException {
    Path file = directory.resolve("run/report.html");
    new Report("first").write(file);
    new Report("second").write(file);
    assertThat(Files.readString(file))
        .contains("<h1>second</h1>")
        .isEqualTo(new Report("second").html());
    Path taken = Files.createDirectories(directory.resolve("taken/report.html/x")).getParent();
    assertThatThrownBy(() -> new Report("third").write(taken)).isInstanceOf(IOException.class);
    try (var files = Files.walk(directory)) {
      assertThat(files.filter(path -> path.toString().endsWith(".tmp"))).isEmpty();
    }
  }

  private static Report everything() throws IOException {
    double[] x = {1, 10, 100};
    Curve theory = new Curve("theory", x, new double[] {1, 0.1, 0.01}, Style.DASHED);
    return new Report("Stacked digits")
        .summary("All 1000 modes.")
        .heading("Generation")
        .figures(new Figure("samples", png(64, 64), "from σ = 80"))
        .plots(new Plot("Loss", "σ", "m(σ)", true, true, List.of(theory)))
        .table("Metrics", Table.of("a", "b").row("x", 1.5))
        .preformatted("Configuration", "seed = 1\n")
        .reproduce("./sild train stacked-digits --seed 1", "SiLD 0.1.0");
  }

  private static byte[] png(int width, int height) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ImageIO.write(new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB), "png", out);
    return out.toByteArray();
  }

  private static Document parse(String html) throws Exception {
    var builder = DocumentBuilderFactory.newInstance().newDocumentBuilder();
    return builder.parse(new ByteArrayInputStream(html.getBytes(StandardCharsets.UTF_8)));
  }
}
