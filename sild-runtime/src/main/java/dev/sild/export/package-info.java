/**
 * Trained models for other programs: a safetensors file that says how to rebuild the network, and
 * ONNX graphs that run as they are. Nothing here needs a device.
 */
package dev.sild.export;
