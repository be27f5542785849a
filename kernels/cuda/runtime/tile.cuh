// kernels/cuda/runtime/tile.cuh — a thread that owns columns and goes from row to row.
//
//   block (T, Y): T threads across, Y rows down            grid (rows, pieces of the width)
//
// What depends on the column alone (its scale, its part of the sample, its frequency) is computed once a thread, and no index is
// divided. Rows are taken Y · gridDim.x apart, so any grid computes the same numbers: how many rows a thread takes is a matter
// of filling the machine.
#pragma once

#include "quads.cuh"

namespace sild {

/** The thread's place across: T threads of each piece of the width. */
SILD_DEVICE int64_t tile_column() { return int64_t(blockIdx.y) * blockDim.x + threadIdx.x; }

/** The first row that the thread takes, and how far it is to the next. */
SILD_DEVICE int64_t tile_row() { return int64_t(blockIdx.x) * blockDim.y + threadIdx.y; }
SILD_DEVICE int64_t tile_stride() { return int64_t(gridDim.x) * blockDim.y; }

}  // namespace sild
