package dev.sild.data.molecule;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.ArrayList;
import java.util.List;

/** A language that spells molecules in tokens. */
public enum Notation {
  /** SMILES: an atom in brackets, Cl, Br and a ring bond %NN are one token each. */
  @JsonProperty("smiles")
  SMILES {
    @Override
    public List<String> tokens(String smiles) {
      return SmilesTokens.split(smiles);
    }

    @Override
    public String smiles(List<String> tokens) {
      return String.join("", tokens);
    }
  },

  /** SELFIES, version 2: whatever the tokens, if one of them is an atom, the molecule is valid. */
  @JsonProperty("selfies")
  SELFIES {
    @Override
    public List<String> tokens(String smiles) {
      return Selfies.encode(smiles);
    }

    @Override
    public String smiles(List<String> tokens) {
      return Selfies.decodeValid(tokens);
    }
  };

  /**
   * Spells a molecule.
   *
   * @param smiles valid SMILES
   * @throws IllegalArgumentException if this language has no words for it
   */
  public abstract List<String> tokens(String smiles);

  /** Reads tokens as SMILES; whether it is valid, {@link Verdict} says. Never throws. */
  public abstract String smiles(List<String> tokens);

  /** Spells many, on all cores; null where {@link #tokens} throws. */
  public List<List<String>> spell(List<String> molecules) {
    List<List<String>> spelled = new ArrayList<>(molecules.size());
    molecules.parallelStream().map(this::tokensOrNull).forEachOrdered(spelled::add);
    return spelled;
  }

  private List<String> tokensOrNull(String smiles) {
    try {
      return tokens(smiles).stream().map(String::intern).toList();
    } catch (IllegalArgumentException _) {
      return null;
    }
  }
}
