// Driver functions that the virtual GPU does not model. JCuda's library binds to all of them, and a missing symbol would end the
// process when it is called; these say CUDA_ERROR_NOT_SUPPORTED. cuda.h is not included: the arguments do not matter.

namespace driver {
int unsupported(const char* name);  // faults.cpp
}

#define UNSUPPORTED(name) \
  extern "C" int name() { return driver::unsupported(#name); }
#include "unsupported.def"
