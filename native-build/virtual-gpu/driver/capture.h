// The rules of stream capture. A broken rule invalidates the capture: its streams refuse work until cuStreamEndCapture.
#pragma once

#include "objects.h"

namespace driver {

// May this stream take work? Refuses an invalidated capture, and the legacy stream while a blocking stream is capturing.
CUresult check_capture(CUstream_st& stream);

// For calls that could disturb a capture (allocation, synchronisation, loading): 900 if this thread may not make them now.
CUresult check_safe(CUctx_st& context);

// For calls that make the host wait for a whole context.
CUresult check_no_capture(CUctx_st& context);

// Appends a node to the graph of a capturing stream.
void add_captured(CUstream_st& stream, Action action);

void invalidate(Capture& capture);
void wait_for_nodes(CUstream_st& stream, const std::vector<CUgraphNode>& nodes);

// Takes a stream out of its capture, which becomes invalid: for a stream that is destroyed.
void abandon(CUstream_st& stream);

}  // namespace driver
