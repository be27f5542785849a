package dev.sild.rivals;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/**
 * Rounds in which each program runs once. What others do to the machine meanwhile hits all of them:
 * every second round goes backwards.
 */
record Contest(List<Program> programs, int rounds, double seconds, Child child, PrintStream words) {

  /** Programs that fail are named in one line, and left out. */
  Comparison hold(Cell cell) throws InterruptedException {
    Comparison comparison = new Comparison(cell);
    List<Program> running =
        new ArrayList<>(programs.stream().filter(program -> program.does(cell)).toList());
    for (int round = 0; round < rounds; round++)
      for (Program program : List.copyOf(round % 2 == 0 ? running : running.reversed()))
        try {
          comparison.addNeighbours(Neighbours.cores());
          comparison.add(program.name(), child.run(program, cell, seconds));
        } catch (Child.FailedException e) {
          words.printf("%s is left out of %s: %s%n", program.name(), cell, e.getMessage());
          running.remove(program);
          comparison.leaveOut(program.name());
        }
    return comparison;
  }
}
