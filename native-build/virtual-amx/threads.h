// Where the tiles of each thread are.
#pragma once

#include "tiles.h"

namespace vamx {

Tiles* tiles();        // this thread's; null while it has no configuration
Tiles& claim_tiles();  // the same, with what was in them
void give_back_tiles();

}  // namespace vamx
