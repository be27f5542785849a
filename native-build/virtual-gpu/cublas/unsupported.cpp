// Functions of cuBLAS that are not modelled: they say CUBLAS_STATUS_NOT_SUPPORTED, whatever their arguments.
#define UNSUPPORTED(name) \
  extern "C" int name() { return 15; }
#include "unsupported.def"
