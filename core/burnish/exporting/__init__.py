"""Networks as files of other programs: ONNX, OpenVINO, TorchScript, bioimage.io; each compared before it is whole."""
