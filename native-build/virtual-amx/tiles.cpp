#include "tiles.h"

#include <algorithm>
#include <atomic>
#include <cstring>

#include "threads.h"

namespace vamx {
namespace {

std::atomic<uint64_t> product_count;

template <class T, size_t N>
bool all_zero(const T (&values)[N]) {
  return std::all_of(values, values + N, [](T value) { return value == 0; });
}

bool is_valid(const Config& config) {
  if (config.palette != 1 || !all_zero(config.zero) || !all_zero(config.zeros) || !all_zero(config.more_zeros)) return false;
  for (int t = 0; t < 8; t++) {
    if (config.rows[t] > ROWS || config.row_bytes[t] > COLUMNS * 4) return false;
    if ((config.rows[t] == 0) != (config.row_bytes[t] == 0)) return false;
  }
  return true;
}

Outcome load_config(uint64_t address) {
  Config config;
  memcpy(&config, reinterpret_cast<const void*>(address), sizeof config);
  if (config.palette == 0) {  // whatever follows it
    give_back_tiles();
    return Outcome::DONE;
  }
  if (!is_valid(config)) return Outcome::PROTECTED;
  Tiles& t = claim_tiles();
  t.config = config;
  memset(t.tile, 0, sizeof t.tile);
  return Outcome::DONE;
}

void store_config(uint64_t address) {
  static constexpr Config none = {};
  memcpy(reinterpret_cast<void*>(address), tiles() ? &tiles()->config : &none, sizeof none);
}

bool has_tile(const Config& config, unsigned tile) { return config.rows[tile] != 0; }
bool has_whole_words(const Config& config, unsigned tile) { return has_tile(config, tile) && config.row_bytes[tile] % 4 == 0; }
bool can_move(const Config& config, unsigned tile) {
  return has_whole_words(config, tile) && config.start_row < config.rows[tile];
}

void load(Tiles& t, const Instruction& i) {
  Tile& tile = t.tile[i.tile];
  for (unsigned row = t.config.start_row; row < t.config.rows[i.tile]; row++) {  // beyond, the tile is zero as it is
    memcpy(tile[row], reinterpret_cast<const void*>(i.address + row * i.stride), t.config.row_bytes[i.tile]);
  }
}

void store(const Tiles& t, const Instruction& i) {
  const Tile& tile = t.tile[i.tile];
  for (unsigned row = t.config.start_row; row < t.config.rows[i.tile]; row++) {
    memcpy(reinterpret_cast<void*>(i.address + row * i.stride), tile[row], t.config.row_bytes[i.tile]);
  }
}

bool can_multiply(const Config& config, const Instruction& i) {
  for (unsigned tile : {i.tile, i.left, i.right}) {
    if (!has_whole_words(config, tile)) return false;
  }
  return i.tile != i.left && i.left != i.right && i.tile != i.right && config.rows[i.tile] == config.rows[i.left] &&
         config.row_bytes[i.tile] == config.row_bytes[i.right] && config.row_bytes[i.left] / 4 == config.rows[i.right];
}

void multiply(Tiles& t, const Instruction& i) {
  Extent extent = {t.config.rows[i.tile], t.config.row_bytes[i.tile] / 4u, t.config.rows[i.right]};
  product(t.tile[i.tile], t.tile[i.left], t.tile[i.right], extent);
  product_count.fetch_add(1, std::memory_order_relaxed);
}

Outcome execute_on(Tiles& t, const Instruction& i) {
  switch (i.operation) {
    case Operation::ZERO:
      if (!has_tile(t.config, i.tile)) return Outcome::UNDEFINED;
      memset(t.tile[i.tile], 0, sizeof(Tile));
      break;
    case Operation::LOAD:
      if (!can_move(t.config, i.tile)) return Outcome::UNDEFINED;
      load(t, i);
      break;
    case Operation::STORE:
      if (!can_move(t.config, i.tile)) return Outcome::UNDEFINED;
      store(t, i);
      break;
    case Operation::PRODUCT:
      if (!can_multiply(t.config, i)) return Outcome::UNDEFINED;
      multiply(t, i);
      break;
    default: return Outcome::UNDEFINED;
  }
  t.config.start_row = 0;  // it says where an interrupted instruction resumes
  return Outcome::DONE;
}

}  // namespace

Outcome execute(const Instruction& i) {
  switch (i.operation) {
    case Operation::LOAD_CONFIG: return load_config(i.address);
    case Operation::STORE_CONFIG: store_config(i.address); return Outcome::DONE;
    case Operation::RELEASE: give_back_tiles(); return Outcome::DONE;
    default: return tiles() ? execute_on(*tiles(), i) : Outcome::UNDEFINED;
  }
}

uint64_t products() { return product_count.load(std::memory_order_relaxed); }

}  // namespace vamx
