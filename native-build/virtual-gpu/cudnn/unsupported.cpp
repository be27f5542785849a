// Functions of cuDNN that are not modelled: they say CUDNN_STATUS_NOT_SUPPORTED, whatever their arguments.
#define UNSUPPORTED(name) \
  extern "C" int name() { return 3000; }
#include "unsupported.def"
