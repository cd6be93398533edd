"""Networks as files of other programs: ONNX, OpenVINO, TorchScript, bioimage.io, darktable; each compared before it is whole."""
