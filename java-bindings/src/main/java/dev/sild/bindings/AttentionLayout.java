package dev.sild.bindings;

public enum AttentionLayout {
  CHANNELS_FIRST,
  TOKENS_FIRST
}
