package dev.sild.cli;

import dev.sild.data.ImageGrid;
import dev.sild.data.ImageShape;
import dev.sild.data.SampleSpace;
import dev.sild.data.molecule.MoleculeGrid;

/** Samples side by side, where they can be shown: images, and depictions of molecules. */
final class Pictures {
  /** Of them to a line. */
  static final int COLUMNS = 8;

  private static final int SCREEN_PIXELS = 128; // of an image that is shown

  private Pictures() {}

  /** Whether such samples can be shown. */
  static boolean show(SampleSpace space) {
    return space.isImage() || space.isMolecule();
  }

  /** Samples (n, D) as a PNG, eight to a line, small images enlarged. */
  static byte[] grid(float[] rows, SampleSpace space) {
    return grid(rows, space, COLUMNS);
  }

  /** The same with so many to a line. */
  static byte[] grid(float[] rows, SampleSpace space, int columns) {
    int count = rows.length / space.dimension();
    if (space.isMolecule()) return MoleculeGrid.png(space.tokens().smiles(rows, count), columns);
    ImageShape image = space.image();
    int scale = Math.max(1, SCREEN_PIXELS / image.width());
    return ImageGrid.png(
        rows, count, columns, image.channels(), image.height(), image.width(), scale);
  }
}
